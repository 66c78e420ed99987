"""Reading a refusal: which failure a status, its headers and its text stand for."""

import time
from email.utils import parsedate_to_datetime

from seed_repository.errors import (
    CredentialRejected,
    HostAnswerUnexpected,
    HostUnavailable,
    PermissionMissing,
    RateLimited,
    RepositoryMissing,
    RepositoryReadOnly,
    SeedRepositoryError,
)
from seed_repository.transport import Answer

UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
TOO_MANY_REQUESTS = 429
_PASSING = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_SECONDARY_LIMIT_WAIT = 60.0
"""GitHub: "wait for at least one minute before retrying" when no header says how long
(docs.github.com, Rate limits for the REST API)."""


def refusal(answer: Answer, *, what: str, needs: str) -> SeedRepositoryError:
    """The failure that an answer means.

    Args:
        answer: the host's answer, which is not a success.
        what: what was tried, as in "… was refused when trying to <what>".
        needs: the permission that is needed for it.

    """
    quoted = f' The host says: "{answer.said}"' if answer.said else ""
    limit = _rate_limit(answer)
    if limit is not None:
        return RateLimited(
            f"The git host limits requests when trying to {what} (HTTP {answer.status}).{quoted}",
            retry_after=limit,
        )
    if answer.status == UNAUTHORIZED:
        return CredentialRejected(
            f"The git host does not accept the credential (HTTP 401) when trying to {what}: it is mistyped, "
            f"expired or revoked. Set the platform's github_token to a valid one.{quoted}"
        )
    if answer.status == FORBIDDEN and "archived" in answer.said.lower():
        return RepositoryReadOnly(f"The repository is archived: unarchive it to {what}.{quoted}")
    if answer.status == FORBIDDEN:
        return PermissionMissing(
            f"The credential may not {what} (HTTP 403). It needs {needs}."
            f"{_scopes(answer)}{_single_sign_on(answer)}{quoted}"
        )
    if answer.status == NOT_FOUND:
        return RepositoryMissing(
            f"The repository does not exist, or the credential may not see it (HTTP 404 when trying to {what}). "
            f"Check the name; the credential needs access to this repository and {needs}."
        )
    if answer.status in _PASSING:
        return HostUnavailable(
            f"The git host failed (HTTP {answer.status}) when trying to {what}.{quoted}",
            retry_after=_retry_after(answer),
        )
    return HostAnswerUnexpected(f"The git host answered HTTP {answer.status} when trying to {what}.{quoted}")


def _rate_limit(answer: Answer) -> float | None:
    """Seconds to wait, if the answer is about a rate limit, primary or secondary."""
    if answer.status not in {FORBIDDEN, TOO_MANY_REQUESTS}:
        return None
    wait = _retry_after(answer)
    if wait is not None:
        return wait
    if answer.headers.get("X-RateLimit-Remaining") == "0":
        reset = answer.headers.get("X-RateLimit-Reset", "")
        return max(float(reset) - time.time(), 0.0) + 1.0 if reset.isdigit() else _SECONDARY_LIMIT_WAIT
    if answer.status == TOO_MANY_REQUESTS or "rate limit" in answer.said.lower():
        return _SECONDARY_LIMIT_WAIT
    return None


def _retry_after(answer: Answer) -> float | None:
    """``Retry-After`` in seconds; it may be a number or a date (RFC 9110, 10.2.3)."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


def _scopes(answer: Answer) -> str:
    """What GitHub itself says about permissions: which it would accept, and which the token has."""
    parts = []
    if accepted := answer.headers.get("X-Accepted-GitHub-Permissions"):
        parts.append(f"any of: {accepted}")
    if accepted := answer.headers.get("X-Accepted-OAuth-Scopes"):
        parts.append(f"scope: {accepted}")
    if (present := answer.headers.get("X-OAuth-Scopes")) is not None:
        parts.append(f"the token has: {present or 'no scopes'}")
    return f" (GitHub accepts {'; '.join(parts)}.)" if parts else ""


def _single_sign_on(answer: Answer) -> str:
    if not answer.headers.get("X-GitHub-SSO", "").startswith("required"):
        return ""
    return " The organization uses single sign-on: authorize the token for it."
