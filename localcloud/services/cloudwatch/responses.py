"""CloudWatch's metrics; alarms, dashboards and their tags are moto's."""

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from localcloud.responses import ActionResult, EmptyResult, LocalResponse, ServiceError, operations
from localcloud.services import cloudwatch
from localcloud.services.cloudwatch import metrics, queries
from localcloud.services.cloudwatch.expressions import ExpressionError
from localcloud.services.cloudwatch.metrics import Metric, Metrics, Summary
from localcloud.services.cloudwatch.queries import Query

_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


@operations("cloudwatch")
class MetricResponse(LocalResponse):
    """Putting and getting metrics."""

    @property
    def _metrics(self) -> Metrics:
        return metrics.of(self.current_account, self.region)

    def put_metric_data(self) -> ActionResult:
        """Add values."""
        namespace = self.params["Namespace"]
        if namespace.startswith("AWS/"):
            raise ServiceError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
        for item in self.params.get("MetricData") or []:
            metric = Metric(namespace, item["MetricName"], metrics.dimensions(item.get("Dimensions") or []))
            unit, at = item.get("Unit"), _seconds(item["Timestamp"]) if item.get("Timestamp") else 0.0
            if given := item.get("StatisticValues"):
                values = Summary(
                    float(given["SampleCount"]),
                    float(given["Sum"]),
                    float(given["Minimum"]),
                    float(given["Maximum"]),
                )
                self._metrics.put_set(metric, values, unit, at=at)
            elif many := item.get("Values"):
                counts = item.get("Counts") or [1.0] * len(many)
                for value, count in zip(many, counts, strict=True):
                    self._metrics.put(metric, float(value), unit, count=float(count), at=at)
            else:
                self._metrics.put(metric, float(item["Value"]), unit, at=at)
        return EmptyResult()

    def get_metric_statistics(self) -> ActionResult:
        """Statistics of one metric."""
        parameters = self.params
        metric = Metric(
            parameters["Namespace"],
            parameters["MetricName"],
            metrics.dimensions(parameters.get("Dimensions") or []),
        )
        start, end = _seconds(parameters["StartTime"]), _seconds(parameters["EndTime"])
        if start >= end:
            raise ServiceError(
                "InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime."
            )
        plain, extended = parameters.get("Statistics") or [], parameters.get("ExtendedStatistics") or []
        if not plain and not extended:
            raise ServiceError(
                "InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics"
            )
        found = self._metrics.periods(metric, start, end, int(parameters["Period"]))
        unit = self._metrics.unit(metric)
        if parameters.get("Unit") not in (None, unit):
            found = {}
        datapoints = [
            {
                "Timestamp": datetime.fromtimestamp(second, UTC),
                "Unit": unit,
                **{name: summary.statistic(name) for name in plain},
                **(
                    {"ExtendedStatistics": {name: summary.statistic(name) for name in extended}}
                    if extended
                    else {}
                ),
            }
            for second, summary in sorted(found.items())
        ]
        return ActionResult({"Label": metric.name, "Datapoints": datapoints})

    def get_metric_data(self) -> ActionResult:
        """Several metrics, and expressions over them."""
        parameters = self.params
        asked = [_query(item) for item in parameters["MetricDataQueries"]]
        start, end = _seconds(parameters["StartTime"]), _seconds(parameters["EndTime"])
        longest = max((query.period for query in asked), default=60) or 60
        complete = [
            query if query.period else Query(query.id, longest, expression=query.expression, shown=query.shown)
            for query in asked
        ]
        try:
            found = queries.results(self._metrics, complete, start, end)
        except (ExpressionError, ValueError) as error:
            raise ServiceError("ValidationError", f"Error in expression: {error}") from error
        newest_first = parameters.get("ScanBy", "TimestampDescending") != "TimestampAscending"
        results = []
        for query in complete:
            if not query.shown:
                continue
            points = sorted(found[query.id].items(), reverse=newest_first)
            results.append(
                {
                    "Id": query.id,
                    "Label": query.label or (query.metric.name if query.metric else query.id),
                    "Timestamps": [datetime.fromtimestamp(second, UTC) for second, _ in points],
                    "Values": [value for _, value in points],
                    "StatusCode": "Complete",
                }
            )
        return ActionResult({"MetricDataResults": results})

    def list_metrics(self) -> ActionResult:
        """Metrics that have values; a dimension without a value matches any."""
        parameters = self.params
        wanted = [(item["Name"], item.get("Value")) for item in parameters.get("Dimensions") or []]
        shown = [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric in self._metrics.known()
            if parameters.get("Namespace") in (None, metric.namespace)
            and parameters.get("MetricName") in (None, metric.name)
            and all(
                any(name == own and value in (None, given) for own, given in metric.dimensions)
                for name, value in wanted
            )
        ]
        return ActionResult({"Metrics": shown})

    def set_alarm_state(self) -> ActionResult:
        """Put an alarm into a state until it is evaluated again; its actions are done."""
        parameters = self.params
        alarm = cloudwatch_backends[self.current_account][self.region].alarms.get(parameters["AlarmName"])
        if alarm is None:
            raise ServiceError("ResourceNotFound", "Unknown")
        cloudwatch.of(self.cloud).set_state(
            self.current_account,
            self.region,
            alarm,
            parameters["StateValue"],
            reason=parameters["StateReason"],
            data=parameters.get("StateReasonData") or "{}",
        )
        return EmptyResult()


def _query(item: dict[str, Any]) -> Query:
    label, shown = item.get("Label") or "", item.get("ReturnData") is not False
    if given := item.get("MetricStat"):
        named = given["Metric"]
        metric = Metric(
            named.get("Namespace", ""),
            named.get("MetricName", ""),
            metrics.dimensions(named.get("Dimensions") or []),
        )
        return Query(item["Id"], int(given["Period"]), metric, given["Stat"], label=label, shown=shown)
    period = int(item.get("Period") or 0)
    return Query(item["Id"], period, expression=item.get("Expression") or "", label=label, shown=shown)


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float):
        return float(value)
    return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
