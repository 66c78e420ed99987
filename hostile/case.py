"""One value for one field, and what became of it in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """A field of a form.

    Attributes:
        name: as the template calls it.
        declaration: the template's own, as far as CloudFormation checks it.
        products: the forms that have it so.
        sample: a value that is right.
        prose: it may hold any text; the form's pattern alone says what is right.

    """

    name: str
    declaration: Mapping[str, Any]
    products: tuple[str, ...]
    sample: str
    prose: bool = False

    def __hash__(self) -> int:
        return hash((self.name, self.products))


@dataclass(frozen=True)
class Case:
    """One value that somebody puts into one field of one product's form."""

    product: str
    field: Field
    kind: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What one place made of a case.

    Attributes:
        layer: the place.
        case: what it was given.
        refused: why it was refused; None when it was carried.
        wrong: what must not have happened; None when all is well.

    """

    layer: str
    case: Case
    refused: str | None = None
    wrong: str | None = None


def unreadable(reason: str, names: tuple[str, ...], text: str) -> str | None:
    """What is wrong with a refusal, as a person reads it.

    Args:
        reason: the refusal.
        names: what the field is called there; one of them has to be in it.
        text: the refused value. It is not repeated when it holds what cannot be shown.

    """
    if not reason.isprintable():
        return f"the refusal holds characters that are not shown: {reason[:120]!r}"
    if len(reason) < 20 or " " not in reason:
        return f"the refusal explains nothing: {reason!r}"
    if len(reason) > 1_000:
        return f"the refusal has {len(reason)} characters"
    if not any(name.lower() in reason.lower() for name in names):
        return f"the refusal does not name the field: {reason[:200]!r}"
    if len(text) > 8 and not text.isprintable() and text in reason:
        return f"the refusal repeats the value: {reason[:200]!r}"
    if "(?" in reason or "[A-Za-z" in reason:
        return f"the refusal shows a pattern instead of words: {reason[:200]!r}"
    return None
