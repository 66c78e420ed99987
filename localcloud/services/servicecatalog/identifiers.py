"""Identifiers as Service Catalog makes them: a prefix and thirteen small letters or digits."""

import secrets
import string

_ALPHABET = string.ascii_lowercase + string.digits
_LENGTH = 13


def new(prefix: str) -> str:
    """A new identifier such as ``prod-abcd2345efgh6``."""
    return f"{prefix}-{''.join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))}"
