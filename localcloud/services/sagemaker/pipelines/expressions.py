"""The expressions of a pipeline definition: ``Get``, ``Std:Join``, ``Std:JsonGet``.

An expression is an object with exactly one member, whose name says which it is; it stands where a value would.
The language: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

GET = "Get"
JOIN = "Std:Join"
JSON_GET = "Std:JsonGet"
FUNCTIONS = (GET, JOIN, JSON_GET)

_NAME = re.compile(r"[A-Za-z0-9_\-]+")
_FIELD = re.compile(r"\.([A-Za-z_][A-Za-z0-9_\-]*)")
_KEY = re.compile(r"""\[(?:'([^']*)'|"([^"]*)")\]""")
_INDEX = re.compile(r"\[(\d+)\]")

PathPart = str | int


class ExpressionError(Exception):
    """An expression is malformed or refers to something that is not there. The message says which and why."""


@dataclass(frozen=True)
class Reference:
    """What a ``Get`` refers to.

    Attributes:
        text: as written, ``Steps.Train.ModelArtifacts.S3ModelArtifacts``.
        scope: ``Parameters``, ``Steps`` or ``Execution``.
        name: the parameter's, step's or execution variable's name.
        path: the way into the step's output: names, keys and indices.

    """

    text: str
    scope: str
    name: str
    path: tuple[PathPart, ...] = ()


def function_of(value: Any) -> str | None:
    """The name of the function when ``value`` is an expression, else None."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if name in FUNCTIONS or name.startswith("Std:"):
            return str(name)
    return None


def parse_reference(text: Any) -> Reference:
    """Read the argument of a ``Get``.

    Raises:
        ExpressionError: it is not ``<scope>.<name>`` with an optional path.

    """
    if not isinstance(text, str):
        raise ExpressionError(f"The argument of '{GET}' must be a string, not {text!r}")
    scope, _, rest = text.partition(".")
    if scope not in ("Parameters", "Steps", "Execution"):
        raise ExpressionError(
            f"Unknown reference '{text}': a reference begins with Parameters, Steps or Execution"
        )
    match = _NAME.match(rest)
    if match is None:
        raise ExpressionError(f"Malformed reference '{text}'")
    path = parse_path(rest[match.end() :], text)
    if scope != "Steps" and path:
        raise ExpressionError(f"Malformed reference '{text}': {scope} have no properties")
    if scope == "Steps" and not path:
        raise ExpressionError(f"Malformed reference '{text}': which property of the step?")
    return Reference(text, scope, match.group(), path)


def parse_path(text: str, whole: str) -> tuple[PathPart, ...]:
    """Read ``.Name``, ``['key']`` and ``[0]`` parts.

    Raises:
        ExpressionError: something else is in ``text``; ``whole`` is quoted in the message.

    """
    parts: list[PathPart] = []
    position = 0
    while position < len(text):
        if match := _FIELD.match(text, position):
            parts.append(match.group(1))
        elif match := _KEY.match(text, position):
            parts.append(match.group(1) if match.group(1) is not None else match.group(2))
        elif match := _INDEX.match(text, position):
            parts.append(int(match.group(1)))
        else:
            raise ExpressionError(f"Malformed reference '{whole}' at '{text[position:]}'")
        position = match.end()
    return tuple(parts)


def parse_json_path(text: Any) -> tuple[PathPart, ...]:
    """Read the ``Path`` of a ``Std:JsonGet``: ``metrics.rmse.value``, ``$.metrics['rmse']``, ``folds[0]``.

    Raises:
        ExpressionError: it is not such a path.

    """
    if not isinstance(text, str) or not text:
        raise ExpressionError(f"The Path of '{JSON_GET}' must be a JsonPath, not {text!r}")
    rest = text[1:] if text.startswith("$") else text
    if not rest.startswith((".", "[")):
        rest = "." + rest
    return parse_path(rest, text)


def references_in(value: Any) -> Iterator[Reference]:
    """Every ``Get`` anywhere inside ``value``.

    Raises:
        ExpressionError: one of them is malformed.

    """
    function = function_of(value)
    if function == GET:
        yield parse_reference(value[GET])
    elif isinstance(value, dict):
        for item in value.values():
            yield from references_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from references_in(item)


def check_functions(value: Any) -> None:
    """Check the form of every expression inside ``value``.

    Raises:
        ExpressionError: an unknown function, or arguments that it does not take.

    """
    function = function_of(value)
    if function is None:
        members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for item in members:
            check_functions(item)
        return
    argument = value[function]
    if function == GET:
        parse_reference(argument)
    elif function == JOIN:
        _check_join(argument)
    elif function == JSON_GET:
        _check_json_get(argument)
    else:
        raise ExpressionError(f"Unknown function '{function}'")


def _check_join(argument: Any) -> None:
    if (
        not isinstance(argument, dict)
        or set(argument) - {"On", "Values"}
        or not isinstance(argument.get("Values"), list)
    ):
        raise ExpressionError(f"'{JOIN}' takes the members On and Values, Values being a list")
    if not isinstance(argument.get("On", ""), str):
        raise ExpressionError(f"The member On of '{JOIN}' must be a string")
    for item in argument["Values"]:
        if isinstance(item, dict | list) and function_of(item) is None:
            raise ExpressionError(f"The Values of '{JOIN}' must be scalar values or expressions")
        check_functions(item)


def _check_json_get(argument: Any) -> None:
    if not isinstance(argument, dict) or set(argument) not in ({"PropertyFile", "Path"}, {"S3Uri", "Path"}):
        raise ExpressionError(f"'{JSON_GET}' takes the members PropertyFile (or S3Uri) and Path")
    parse_json_path(argument["Path"])
    if "PropertyFile" in argument:
        reference = (
            parse_reference(argument["PropertyFile"].get(GET)) if _is_get(argument["PropertyFile"]) else None
        )
        if reference is None or len(reference.path) != 2 or reference.path[0] != "PropertyFiles":
            raise ExpressionError(
                f"The PropertyFile of '{JSON_GET}' must be a reference Steps.<step>.PropertyFiles.<name>"
            )
    else:
        check_functions(argument["S3Uri"])


def _is_get(value: Any) -> bool:
    return function_of(value) == GET
