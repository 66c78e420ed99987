"""How a secret looks after it was encoded once, wherever it begins within what was encoded."""

import base64
import html
import json
from urllib.parse import quote

SHORTEST = 16
"""Bytes of the shortest secret that is looked for: shorter ones would be found by chance."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def forms(secret: str) -> dict[str, bytes]:
    """Every form to look for, by what it is called; forms that look like an earlier one are left out.

    Raises:
        ValueError: the secret is shorter than 16 bytes.

    """
    raw = secret.encode()
    if len(raw) < SHORTEST:
        raise ValueError(f"a canary has {SHORTEST} bytes at least, so that nothing looks like it by chance")
    escaped = json.dumps(secret)[1:-1]
    found = {
        "as it is": raw,
        "URL-encoded": quote(secret, safe="").encode(),
        "JSON-escaped": escaped.encode(),
        "JSON-escaped twice": json.dumps(escaped)[1:-1].encode(),
        "XML-escaped": html.escape(secret).encode(),
        "hexadecimal": raw.hex().encode(),
        "hexadecimal, upper case": raw.hex().upper().encode(),
        "UTF-16": secret.encode("utf-16-le")[
            :-1
        ],  # the other byte order has the same bytes from the second one on
    }
    for shift in range(3):
        encoded = _base64_within(raw, shift)
        found[f"base64, {shift} bytes in"] = encoded
        found[f"base64 for URLs, {shift} bytes in"] = encoded.translate(_URL_SAFE)
    different: dict[str, bytes] = {}
    for name, form in found.items():
        if form not in different.values():
            different[name] = form
    return different


def _base64_within(raw: bytes, shift: int) -> bytes:
    """The characters of base64 that depend on the secret alone when ``shift`` bytes (modulo 3) stand before it."""
    encoded = base64.b64encode(b"\0" * shift + raw)
    first = (0, 2, 3)[shift]  # characters that hold bits of what stands before
    whole = (shift + len(raw)) // 3 * 4
    rest = (0, 1, 2)[
        (shift + len(raw)) % 3
    ]  # characters after the last whole group that hold no bits of what follows
    return encoded[first : whole + rest]
