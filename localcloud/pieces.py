"""Pieces of content with a name each, one after the other in a file or an answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO


@dataclass(frozen=True)
class Piece:
    """Something that can be looked through.

    Attributes:
        name: where it is, as words with slashes between them; the first is the kind of place.

    """

    name: str
    data: bytes = field(repr=False)


def framed(piece: Piece) -> bytes:
    """A piece as it is written: a line with its name and its size in bytes, its data, a line break."""
    head = json.dumps([piece.name, len(piece.data)])
    return head.encode() + b"\n" + piece.data + b"\n"


def read(stream: IO[bytes]) -> Iterator[Piece]:
    """All pieces of a stream.

    Raises:
        EOFError: the last one is not whole.

    """
    while head := stream.readline():
        name, size = json.loads(head)
        data = stream.read(size)
        if len(data) != size or stream.read(1) != b"\n":
            raise EOFError(f"{name} is not whole")
        yield Piece(name, data)
