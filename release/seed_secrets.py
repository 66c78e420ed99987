"""Finding secrets in a seed's files: what must never be committed to every new repository."""

import re

_SIGNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("an AWS access key", re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    (
        "an AWS secret key",
        re.compile(rb"(?i)aws_?secret_?(?:access_?)?key[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9/+]{40}\b"),
    ),
    ("a GitHub token", re.compile(rb"\b(?:gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{40,})")),
    ("a GitLab token", re.compile(rb"\bglpat-[0-9A-Za-z_-]{20,}")),
    ("a private key", re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")),
    ("a Slack token", re.compile(rb"\bxox[abprs]-[0-9A-Za-z-]{10,}")),
    ("a Google API key", re.compile(rb"\bAIza[0-9A-Za-z_-]{35}\b")),
    (
        "a password in an address",
        re.compile(rb"\b[a-z][a-z0-9+.-]*://[^\s/:@{}$<>]+:[^\s/@{}$<>]{3,}@[A-Za-z0-9]"),
    ),
)


def secrets_in(content: bytes) -> list[tuple[int, str]]:
    """What looks like a secret: line and kind. The secret itself is not repeated."""
    return sorted(
        (content.count(b"\n", 0, match.start()) + 1, kind)
        for kind, sign in _SIGNS
        for match in sign.finditer(content)
    )
