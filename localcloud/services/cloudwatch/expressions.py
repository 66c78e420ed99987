"""Metric math: the arithmetic and the few functions that alarms and dashboards are made of.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Series = dict[int, float]
"""Values by the beginning of their period."""

_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_REDUCING: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}


class ExpressionError(Exception):
    """The expression cannot be evaluated; the message says why."""


def evaluate(text: str, known: Mapping[str, Series], periods: list[int]) -> Series:
    """The series that an expression gives.

    Args:
        text: such as ``100 * errors / invocations`` or ``IF(n > 10, e / n, 0)``.
        known: series by the ids that the expression uses.
        periods: the periods of the whole range, for FILL.

    Raises:
        ExpressionError: it is no such expression, or names something unknown.

    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"Invalid expression: {text}") from error
    result = _value(tree, known, periods)
    if isinstance(result, int | float):
        return dict.fromkeys(periods, float(result))
    if isinstance(result, list):
        raise ExpressionError(f"The expression {text} gives more than one time series")
    return dict(result)


def _value(node: ast.AST, known: Mapping[str, Series], periods: list[int]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name):
        if node.id not in known:
            raise ExpressionError(f"The expression refers to an unknown id: {node.id}")
        return known[node.id]
    if isinstance(node, ast.List):
        return [_value(item, known, periods) for item in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _combined(operator.sub, 0.0, _value(node.operand, known, periods))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, known, periods), _value(node.right, known, periods)
        return _combined(_OPERATORS[type(node.op)], left, right)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATORS:
        left, right = _value(node.left, known, periods), _value(node.comparators[0], known, periods)
        return _combined(_OPERATORS[type(node.ops[0])], left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, [_value(item, known, periods) for item in _arguments(node, known)], periods)
    raise ExpressionError(f"The local cloud does not imitate this expression: {ast.unparse(node)}")


def _arguments(node: ast.Call, known: Mapping[str, Series]) -> list[ast.expr]:
    """The arguments; ``METRICS()`` stands for all metrics, ``REPEAT`` for a name."""
    del known
    return [item for item in node.args if not (isinstance(item, ast.Name) and item.id == "REPEAT")]


def _call(name: str, arguments: list[Any], periods: list[int]) -> Any:
    if name == "FILL" and len(arguments) in (1, 2):
        series, filling = arguments[0], arguments[1] if len(arguments) == 2 else None
        if filling is not None:
            return {period: series.get(period, filling) for period in periods}
        filled, last = {}, None
        for period in periods:
            last = series.get(period, last)
            if last is not None:
                filled[period] = last
        return filled
    if name == "IF" and len(arguments) in (2, 3):
        return _chosen(*arguments)
    if name in _REDUCING and len(arguments) == 1:
        return _reduced(_REDUCING[name], arguments[0])
    if name == "ABS" and len(arguments) == 1:
        return {period: abs(value) for period, value in arguments[0].items()}
    raise ExpressionError(f"The local cloud does not imitate the function {name} in metric math")


def _chosen(condition: Any, then: Any, otherwise: Any = None) -> Series:
    chosen: Series = {}
    for period, holds in condition.items():
        source = then if holds else otherwise
        value = source.get(period) if isinstance(source, dict) else source
        if value is not None:
            chosen[period] = value
    return chosen


def _reduced(function: Callable[[list[float]], float], given: Any) -> Any:
    if isinstance(given, list):
        periods = sorted({period for series in given for period in series})
        return {period: function([series[period] for series in given if period in series]) for period in periods}
    return function(list(given.values())) if given else {}


def _combined(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Point by point where both have a value; a division by zero gives none."""
    if not isinstance(left, dict) and not isinstance(right, dict):
        return float(function(left, right))
    periods = left if isinstance(left, dict) else right
    combined: Series = {}
    for period in periods:
        first = left.get(period) if isinstance(left, dict) else left
        second = right.get(period) if isinstance(right, dict) else right
        if first is None or second is None:
            continue
        try:
            combined[period] = float(function(first, second))
        except ZeroDivisionError:
            continue
    return combined
