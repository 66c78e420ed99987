"""AWS's own constraints on an operation's input, read from botocore's models.

botocore's client checks required members and types only; the service also checks lengths, ranges, enumerations
and patterns, and answers with a ValidationException. The wording follows the service's
(``1 validation error detected: Value 'x' at 'name' failed to satisfy constraint: ...``).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import regex
from botocore.model import Shape

_JAVAS_PAIRS = r"\uD800\uDC00-\uDBFF\uDFFF"


def violations(shape: Shape | None, value: Any, path: str = "") -> list[str]:
    """Every constraint of ``shape`` that ``value`` breaks, worded as AWS does; empty when it is valid."""
    return list(_walk(shape, value, path)) if shape is not None else []


def message(found: list[str]) -> str:
    """AWS's sentence for a list of violations."""
    noun = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {noun} detected: " + "; ".join(found)


def _walk(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    if shape.type_name == "structure":
        yield from _structure(shape, value, path)
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _length(shape, value, path)
        for index, item in enumerate(value, start=1):
            yield from _walk(shape.member, item, f"{path}.{index}.member")
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _walk(shape.key, key, path)
            yield from _walk(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _string(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double") and isinstance(value, int | float):
        yield from _range(shape, value, path)


def _structure(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        yield from _walk(member, value.get(name), _join(path, name))


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _length(shape, value, path)
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        yield _sentence(value, path, f"Member must satisfy enum value set: [{', '.join(enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _pattern(pattern).fullmatch(value):
        yield _sentence(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _length(shape: Shape, value: Any, path: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and len(value) < minimum:
        yield _sentence(value, path, f"Member must have length greater than or equal to {minimum}")
    if maximum is not None and len(value) > maximum:
        yield _sentence(value, path, f"Member must have length less than or equal to {maximum}")


def _range(shape: Shape, value: float, path: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and value < minimum:
        yield _sentence(value, path, f"Member must have value greater than or equal to {minimum}")
    if maximum is not None and value > maximum:
        yield _sentence(value, path, f"Member must have value less than or equal to {maximum}")


def _sentence(value: Any, path: str, constraint: str) -> str:
    text = str(value)
    shown = text if len(text) <= 200 else text[:200] + "…"
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    lower = name[:1].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


@cache
def _pattern(pattern: str) -> "regex.Pattern[str]":
    # The models carry Java's dialect: `regex` reads its \p{...} classes, Python's re does not. Characters beyond
    # the basic plane are pairs of surrogates in Java, and themselves in Python.
    return regex.compile(pattern.replace(_JAVAS_PAIRS, "\U00010000-\U0010ffff"))
