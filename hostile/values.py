"""Which values are tried on which field."""

import zlib
from collections.abc import Sequence
from itertools import cycle, islice, zip_longest

from hostile.case import Case, Field
from hostile.kept import corpus
from hostile.strategies import draw, hostile

RAW = 0.1
"""Part of a field's values that is the corpus as it is; the fields take turns, so that all of it is tried."""


def cases(fields: Sequence[Field], count: int, seed: int) -> list[Case]:
    """``count`` different values for every field, dealt to the products that have it.

    Args:
        fields: all fields.
        count: values for each.
        seed: the same seed deals the same values.

    """
    # One of each kind in turn: a few values are of all kinds, too.
    columns = [[(kind, text) for text in texts] for kind, texts in corpus().items()]
    kept = cycle([piece for row in zip_longest(*columns) for piece in row if piece is not None])
    dealt = []
    for field in fields:
        tried = {text: kind for kind, text in islice(kept, int(count * RAW))}
        number = zlib.crc32(f"{field.name} {field.products}".encode())
        strategy = hostile(field.declaration, field.sample)
        for attempt in range(4):
            missing = count - len(tried)
            if missing <= 0:
                break
            for kind, text in draw(strategy, missing * 5 // 4, seed + number + attempt):
                tried.setdefault(text, kind)
        chosen = list(tried.items())[:count]
        products = cycle(field.products)
        dealt += [Case(next(products), field, kind, text) for text, kind in chosen]
    return dealt
