"""Looks for canaries in data, whatever it is packed or encoded in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from canary.forms import forms
from canary.unpack import TooLargeError, is_text, parts

DEEPEST = 10
"""Layers that are unpacked, one within the other."""
_BLANKS = b" \t\r\n"


@dataclass(frozen=True)
class Canary:
    """A secret that is planted.

    Attributes:
        name: what it is; the only thing of it that is ever written down.
        value: the secret.
        kept: where it may be, and has to be: regular expressions of pieces' names. Without any, it has to be in
            ``handed``: a search that does not find what is there shows nothing.
        handed: where it may be, because that is how a person hands it over.

    """

    name: str
    value: str = field(repr=False)
    kept: tuple[str, ...]
    handed: tuple[str, ...] = ()

    def is_kept(self, piece: str) -> bool:
        """Whether a piece belongs to where the secret is kept."""
        return any(re.fullmatch(pattern, piece, re.DOTALL) for pattern in self.kept)

    def is_handed(self, piece: str) -> bool:
        """Whether a piece is where a person hands the secret over."""
        return any(re.fullmatch(pattern, piece, re.DOTALL) for pattern in self.handed)


@dataclass(frozen=True)
class Hit:
    """A canary that was found.

    Attributes:
        canary: its name.
        how: the layers that it was found under, the outermost first, and its form.

    """

    canary: str
    how: str


class Search:
    """Searches data for all canaries. What was searched once is known by its digest, and not searched again.

    Attributes:
        unpacked: number of parts that were taken out of others.

    """

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._forms = [
            (canary.name, how, form) for canary in canaries for how, form in forms(canary.value).items()
        ]
        self._known: dict[bytes, tuple[Hit, ...]] = {}
        self.unpacked = 0

    def find(self, data: bytes) -> tuple[Hit, ...]:
        """Every canary in ``data``, with how it is hidden there.

        Raises:
            TooLargeError: something in it unpacks to more than is looked through.

        """
        return self._find(data, 0)

    def _find(self, data: bytes, depth: int) -> tuple[Hit, ...]:
        digest = blake2b(data, digest_size=16).digest()
        if (known := self._known.get(digest)) is not None:
            return known
        self._known[digest] = ()  # what holds itself ends here
        found = {Hit(name, how): None for name, how in self._direct(data)}
        if depth < DEEPEST:
            for layer, content in parts(data):
                self.unpacked += 1
                found |= {Hit(hit.canary, f"{layer} > {hit.how}"): None for hit in self._find(content, depth + 1)}
        self._known[digest] = tuple(found)
        return self._known[digest]

    def _direct(self, data: bytes) -> Iterable[tuple[str, str]]:
        for name, how, form in self._forms:
            if form in data:
                yield name, how
        if is_text(data):
            joined = data.translate(None, _BLANKS)
            if len(joined) < len(data):
                for name, how, form in self._forms:
                    # A secret with blanks of its own is joined likewise.
                    if form.translate(None, _BLANKS) in joined and form not in data:
                        yield name, f"{how}, with blanks or line breaks in it"


__all__ = ["Canary", "Hit", "Search", "TooLargeError"]
