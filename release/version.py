"""Semantic versions, and which of two comes first (semver.org, 2.0.0)."""

import re
from functools import total_ordering

_FORM = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
)
_LONGEST = 64
"""It becomes part of names and tags."""


class VersionError(ValueError):
    """Some text is no version; the message says what one looks like."""


@total_ordering
class Version:
    """A version such as ``1.2.0`` or ``1.2.0-rc.1``, ordered by precedence.

    Build metadata (``+…``) is refused: two versions that differ in it only would have no order.
    """

    def __init__(self, text: str) -> None:
        match = _FORM.fullmatch(text)
        if match is None or len(text) > _LONGEST:
            raise VersionError(
                f"{text!r} is no version: write three numbers, for example 1.2.0, or 1.2.0-rc.1 before it."
            )
        self._text = text
        before = match[4]
        # A version comes after the ones that lead to it, and numbers come before words.
        self._key = (
            tuple(int(number) for number in match.group(1, 2, 3)),
            before is None,
            tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in (before or "").split(".")),
        )

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Version({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: "Version") -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)
