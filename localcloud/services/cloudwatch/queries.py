"""GetMetricData's queries, which alarms of metric math use as well."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from localcloud.services.cloudwatch import expressions
from localcloud.services.cloudwatch.expressions import Series
from localcloud.services.cloudwatch.metrics import Metric, Metrics


@dataclass(frozen=True)
class Query:
    """One query: a metric's statistic, or an expression over other queries."""

    id: str
    period: int
    metric: Metric | None = None
    statistic: str = ""
    expression: str = ""
    label: str = ""
    shown: bool = True


def results(
    metrics: Metrics, queries: Iterable[Query], start: float, end: float, *, ending: bool = False
) -> dict[str, Series]:
    """Series by query id.

    Args:
        metrics: where the values are.
        queries: expressions may refer to any of them.
        start: beginning of the range, seconds since the epoch.
        end: its end, not included.
        ending: count the periods back from ``end``, as alarms do, and not from full minutes.

    Raises:
        expressions.ExpressionError: an expression cannot be evaluated.
        ValueError: there is no such statistic.

    """
    known: dict[str, Series] = {}
    waiting = list(queries)
    for query in [query for query in waiting if query.metric is not None]:
        known[query.id] = _series(metrics, query, start, end, ending=ending)
        waiting.remove(query)
    while waiting:
        # Expressions may use each other; whoever's names are known is next.
        ready = [query for query in waiting if not any(_uses(query, other) for other in waiting if other != query)]
        for query in ready or waiting:
            span = (
                range(int(start), int(end), query.period)
                if ending
                else range(int(start) // query.period * query.period, int(end), query.period)
            )
            known[query.id] = expressions.evaluate(query.expression, known, list(span))
            waiting.remove(query)
    return known


def _uses(query: Query, other: Query) -> bool:
    return other.id in query.expression.replace("(", " ").replace(")", " ").replace(",", " ").split()


def _series(metrics: Metrics, query: Query, start: float, end: float, *, ending: bool) -> Series:
    if query.metric is None:
        return {}
    if ending:
        spans = range(int(start), int(end), query.period)
        found = {span: metrics.summary(query.metric, span, span + query.period) for span in spans}
    else:
        found = metrics.periods(query.metric, start, end, query.period)
    values = {period: summary.statistic(query.statistic) for period, summary in sorted(found.items())}
    return {period: value for period, value in values.items() if value is not None}


def now() -> float:
    """The present, in seconds since the epoch."""
    return time.time()
