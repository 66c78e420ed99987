"""Event patterns: whether an event is one that a rule waits for.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. moto's matcher takes
``true`` for 1, and does not look into lists of objects.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

_ABSENT = object()


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Whether an event, or an object within it, has what the pattern asks for."""
    return all(_member(name, wanted, event) for name, wanted in pattern.items())


def refusal(pattern: dict[str, Any]) -> str | None:
    """Why a pattern is none of EventBridge's, None when it is one."""
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            found = refusal(wanted)
        elif not isinstance(wanted, list) or not wanted:
            found = f'"{name}" must be an object or an array'
        elif name == "$or":
            found = next((reason for choice in wanted if (reason := refusal(choice))), None)
        else:
            given = [next(iter(item), "") for item in wanted if isinstance(item, dict)]
            unknown = [word for word in given if word not in (*_TEXT, "exists", "numeric", "anything-but")]
            found = f"Unrecognized match type {unknown[0]}" if unknown else None
        if found:
            return found
    return None


def _member(name: str, wanted: Any, event: Any) -> bool:
    if name == "$or":
        return any(matches(choice, event) for choice in wanted)
    value = event.get(name, _ABSENT) if isinstance(event, dict) else _ABSENT
    if isinstance(wanted, list):
        return any(_leaf(value, choice) for choice in wanted)
    if isinstance(value, list):
        return any(matches(wanted, item) for item in value)
    return matches(wanted, value if isinstance(value, dict) else {})


def _leaf(value: Any, wanted: Any) -> bool:
    """Whether a value, or one in a list of values, is what is wanted. An object has no value of its own."""
    values = value if isinstance(value, list) else [value]
    values = [item for item in values if item is not _ABSENT and not isinstance(item, dict)]
    if isinstance(wanted, dict):
        name, argument = next(iter(wanted.items()))
        if name == "exists":
            return bool(values) == argument
        return any(_holds(name, argument, item) for item in values)
    return any(_same(item, wanted) for item in values)


def _holds(name: str, argument: Any, value: Any) -> bool:
    if name == "anything-but":
        if isinstance(argument, dict):
            inner, given = next(iter(argument.items()))
            return not _holds(inner, given, value)
        return not any(_same(value, item) for item in _list(argument))
    if name == "numeric":
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return all(
            _NUMERIC[sign](value, number) for sign, number in zip(argument[::2], argument[1::2], strict=True)
        )
    return isinstance(value, str) and any(_TEXT[name](value, item) for item in _list(argument))


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def _prefix(value: str, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return value.lower().startswith(str(wanted["equals-ignore-case"]).lower())
    return value.startswith(wanted)


def _suffix(value: str, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return value.lower().endswith(str(wanted["equals-ignore-case"]).lower())
    return value.endswith(wanted)


def _wildcard(value: str, wanted: str) -> bool:
    parts = re.findall(r"\\[*\\]|.", wanted, re.DOTALL)
    pattern = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def _cidr(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)
    except ValueError:
        return False  # not an address


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, number: value < number,
    "<=": lambda value, number: value <= number,
    "=": lambda value, number: value == number,
    ">=": lambda value, number: value >= number,
    ">": lambda value, number: value > number,
}
_TEXT: dict[str, Callable[[str, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "equals-ignore-case": lambda value, wanted: value.lower() == str(wanted).lower(),
}
