"""The conditions of a condition step.

A step's ``Conditions`` are joined by *and*. The types, by AWS's schema: Equals, GreaterThan,
GreaterThanOrEqualTo, LessThan, LessThanOrEqualTo (LeftValue, RightValue), In (QueryValue, Values),
Not (Expression) and Or (Conditions).
"""

import operator
from collections.abc import Callable
from typing import Any

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_MEMBERS = {
    **{name: {"LeftValue", "RightValue"} for name in COMPARISONS},
    "In": {"QueryValue", "Values"},
    "Not": {"Expression"},
    "Or": {"Conditions"},
}

Resolve = Callable[[Any], Any]


class ConditionError(Exception):
    """A condition is malformed, or its values cannot be compared."""


def check(conditions: Any) -> None:
    """Check the form of a list of conditions.

    Raises:
        ConditionError: an unknown type, a missing or unknown member, or no condition at all.

    """
    if not isinstance(conditions, list) or not conditions:
        raise ConditionError("Conditions must be a list with at least one condition")
    for condition in conditions:
        _check_one(condition)


def _check_one(condition: Any) -> None:
    kind = condition.get("Type") if isinstance(condition, dict) else None
    if kind not in _MEMBERS:
        raise ConditionError(f"Unknown condition type '{kind}': one of {', '.join(_MEMBERS)}")
    members = set(condition) - {"Type"}
    if members != _MEMBERS[kind]:
        raise ConditionError(f"A condition of type {kind} takes {' and '.join(sorted(_MEMBERS[kind]))}")
    if kind == "Not":
        _check_one(condition["Expression"])
    elif kind == "Or":
        check(condition["Conditions"])
    elif kind == "In" and not isinstance(condition["Values"], list):
        raise ConditionError("The member Values of a condition of type In must be a list")


def evaluate(conditions: list[dict[str, Any]], resolve: Resolve) -> bool:
    """Whether all conditions hold; ``resolve`` gives the values of expressions.

    Raises:
        ConditionError: two values of different kinds are compared.

    """
    return all(_holds(condition, resolve) for condition in conditions)


def _holds(condition: dict[str, Any], resolve: Resolve) -> bool:
    kind = condition["Type"]
    if kind == "Not":
        return not _holds(condition["Expression"], resolve)
    if kind == "Or":
        return any(_holds(item, resolve) for item in condition["Conditions"])
    if kind == "In":
        query = resolve(condition["QueryValue"])
        return any(_compare("Equals", query, resolve(item)) for item in condition["Values"])
    return _compare(kind, resolve(condition["LeftValue"]), resolve(condition["RightValue"]))


def _compare(kind: str, left: Any, right: Any) -> bool:
    if _kind(left) != _kind(right):
        raise ConditionError(f"Cannot evaluate {kind}: {left!r} ({_kind(left)}) and {right!r} ({_kind(right)})")
    if _kind(left) not in ("number", "string") and kind != "Equals":
        raise ConditionError(f"Cannot evaluate {kind}: {left!r} has no order")
    return COMPARISONS[kind](left, right)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "null" if value is None else type(value).__name__
