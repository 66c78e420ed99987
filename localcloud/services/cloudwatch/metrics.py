"""Metrics: what was measured when, and its statistics over any period.

moto keeps one object per value and compares dimensions as subsets; metrics with and without a dimension would mix.
Here a metric is its namespace, name and exact dimensions, as in CloudWatch, and values are kept by the second.
"""

import math
import time
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

_KEPT_SECONDS = 6 * 3600
_KEPT_VALUES = 2_000
_PRUNED_EVERY = 600.0

Dimensions = tuple[tuple[str, str], ...]


def dimensions(given: Iterable[Mapping[str, str]] | Mapping[str, str]) -> Dimensions:
    """Dimensions as a key: of the API's ``[{"Name": …, "Value": …}]``, or of a mapping."""
    if isinstance(given, Mapping):
        return tuple(sorted(given.items()))
    return tuple(sorted((item["Name"], item["Value"]) for item in given))


@dataclass
class Summary:
    """Values of a second, or of a period.

    Attributes:
        values: the values themselves, for percentiles; those of statistic sets are not known, and of very many
            in one second only the first are kept.

    """

    count: float = 0.0
    sum: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, value: float, count: float = 1.0) -> None:
        """Add a value that was measured ``count`` times."""
        self.count += count
        self.sum += value * count
        self.minimum, self.maximum = min(self.minimum, value), max(self.maximum, value)
        room = _KEPT_VALUES - len(self.values)
        self.values.extend([value] * min(int(count), max(room, 0)))

    def merge(self, other: "Summary") -> None:
        """Add another summary."""
        self.count += other.count
        self.sum += other.sum
        self.minimum, self.maximum = min(self.minimum, other.minimum), max(self.maximum, other.maximum)
        self.values.extend(other.values)

    def statistic(self, name: str) -> float | None:
        """A statistic by its name: ``Sum``, ``Average``, ``p99``, …; None when there is nothing.

        Raises:
            ValueError: there is no such statistic.

        """
        if name[:1] in "pP" and name[1:].replace(".", "", 1).isdigit():
            return _percentile(sorted(self.values), float(name[1:])) if self.values else None
        if name not in ("SampleCount", "Sum", "Average", "Minimum", "Maximum"):
            raise ValueError(name)
        if not self.count:
            return None
        known = {
            "SampleCount": self.count,
            "Sum": self.sum,
            "Average": self.sum / self.count,
            "Minimum": self.minimum,
            "Maximum": self.maximum,
        }
        return known[name]


@dataclass(frozen=True)
class Metric:
    """The identity of a metric."""

    namespace: str
    name: str
    dimensions: Dimensions


class Metrics:
    """The metrics of one account and region."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._series: dict[Metric, dict[int, Summary]] = {}
        self._units: dict[Metric, str] = {}
        self._pruned = time.monotonic()

    def put(
        self, metric: Metric, value: float, unit: str | None = None, *, count: float = 1.0, at: float = 0
    ) -> None:
        """Add a value.

        Args:
            metric: what was measured.
            value: how much.
            unit: of the value, as CloudWatch names it (``Microseconds``).
            count: how often.
            at: when, in seconds since the epoch; now, when it is 0.

        """
        with self._lock:
            self._second(metric, at, unit).add(value, count)

    def put_set(self, metric: Metric, given: Summary, unit: str | None = None, *, at: float = 0) -> None:
        """Add a statistic set."""
        with self._lock:
            self._second(metric, at, unit).merge(given)

    def summary(self, metric: Metric, start: float, end: float) -> Summary:
        """What was measured from ``start`` (included) to ``end`` (not), seconds since the epoch."""
        found = Summary()
        with self._lock:
            for second, values in self._series.get(metric, {}).items():
                if start <= second < end:
                    found.merge(values)
        return found

    def periods(self, metric: Metric, start: float, end: float, period: int) -> dict[int, Summary]:
        """Summaries by the beginning of their period; only of those with values."""
        found: dict[int, Summary] = {}
        with self._lock:
            for second, values in self._series.get(metric, {}).items():
                if start <= second < end:
                    found.setdefault(second // period * period, Summary()).merge(values)
        return found

    def unit(self, metric: Metric) -> str:
        """The unit that its values came with."""
        return self._units.get(metric, "None")

    def known(self) -> list[Metric]:
        """Every metric that has values."""
        with self._lock:
            return list(self._series)

    def pass_time(self, seconds: int) -> None:
        """Let ``seconds`` pass: what was measured is that much older."""
        with self._lock:
            for series in self._series.values():
                moved = {second - seconds: values for second, values in series.items()}
                series.clear()
                series.update(moved)

    def _second(self, metric: Metric, at: float, unit: str | None) -> Summary:
        if time.monotonic() - self._pruned > _PRUNED_EVERY:
            self._prune()
        if unit:
            self._units[metric] = unit
        series = self._series.setdefault(metric, {})
        return series.setdefault(int(at or time.time()), Summary())

    def _prune(self) -> None:
        self._pruned = time.monotonic()
        oldest = time.time() - _KEPT_SECONDS
        for metric, series in list(self._series.items()):
            for second in [second for second in series if second < oldest]:
                del series[second]
            if not series:
                del self._series[metric]


def _percentile(values: list[float], percent: float) -> float:
    """Linear interpolation between the nearest ranks."""
    place = (len(values) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


_ALL: dict[tuple[str, str], Metrics] = {}
_LOCK = Lock()


def of(account_id: str, region: str) -> Metrics:
    """The metrics of an account and region."""
    with _LOCK:
        return _ALL.setdefault((account_id, region), Metrics())


def pass_time(seconds: int) -> None:
    """Let time pass for the metrics of every account and region."""
    with _LOCK:
        everywhere = list(_ALL.values())
    for one in everywhere:
        one.pass_time(seconds)


def forget() -> None:
    """Start with no metrics at all: a new local cloud does."""
    with _LOCK:
        _ALL.clear()
