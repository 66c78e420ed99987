"""What a row of this room's tables has to be: one that is malformed is refused, with its place and its fault."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from iam import reference

_WORDS = {str: "a text", list: "a list of texts", dict: "a table", bool: "true or false"}


class MalformedRowError(ValueError):
    """A row that says too little, or something that nobody would read."""


def check(row: Any, place: str, required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> None:
    """Look at a row's names and at what stands behind them.

    Args:
        row: as TOML has it.
        place: where it stands, for the message.
        required: names that it must have, and of what type each is; a list is one of texts, and not empty.
        optional: names that it may have besides.

    Raises:
        MalformedRowError: one is missing, unknown or of another type.

    """
    if not isinstance(row, Mapping):
        raise MalformedRowError(f"{place}: is no table")
    known = {**required, **(optional or {})}
    if missing := sorted(required.keys() - row.keys()):
        raise MalformedRowError(f"{place}: lacks {', '.join(missing)}")
    if unknown := sorted(row.keys() - known.keys()):
        raise MalformedRowError(f"{place}: knows no {', '.join(unknown)}")
    for name, value in row.items():
        if not _is(value, known[name]):
            raise MalformedRowError(f"{place}: {name} is not {_WORDS[known[name]]}")


def check_actions(actions: Iterable[str], place: str) -> None:
    """Look whether AWS knows the actions.

    Raises:
        MalformedRowError: it does not know one.

    """
    for action in actions:
        if action.count(":") != 1 or not reference.exists(action):
            raise MalformedRowError(f"{place}: AWS knows no action {action}")


def check_names(names: Iterable[str], known: Container[str], place: str) -> None:
    """Look whether somebody has said what the names are.

    Raises:
        MalformedRowError: nobody has.

    """
    for name in names:
        if name not in known:
            raise MalformedRowError(f"{place}: nobody knows {name}")


def _is(value: Any, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
    return isinstance(value, kind) and value != ""
