"""Alarms that evaluate: twice a second their state is what their metric says, and what they do is done.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html, *Evaluating an alarm*.
An alarm looks at its last N periods back from now. Those without data are treated as TreatMissingData says.
"""

import json
import logging
import operator
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.events.models import events_backends
from moto.sns.models import sns_backends

from localcloud.services.cloudwatch import metrics, queries
from localcloud.services.cloudwatch.expressions import ExpressionError, Series
from localcloud.services.cloudwatch.metrics import Metric
from localcloud.services.cloudwatch.queries import Query
from localcloud.services.events import permissions

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_log = logging.getLogger(__name__)
_PRINCIPAL = "cloudwatch.amazonaws.com"
OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
_EVERY_SECONDS = 0.5
_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_PATCHED = "put_metric_alarm"
_ORIGINAL = getattr(CloudWatchBackend, _PATCHED, None)


class Alarms:
    """Evaluates the alarms of every account and region."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._lock = Lock()

    def run(self) -> None:
        """Evaluate until the local cloud stops (in a thread of its own)."""
        while not self._cloud.stopping:
            self.evaluate()
            time.sleep(_EVERY_SECONDS)

    def evaluate(self) -> None:
        """Evaluate every alarm once."""
        with self._lock:
            for account_id, regions in list(cloudwatch_backends.items()):
                for region, backend in list(regions.items()):
                    for alarm in list(backend.alarms.values()):
                        self._evaluate(account_id, region, alarm)

    def set_state(self, account_id: str, region: str, alarm: Alarm, state: str, *, reason: str, data: str) -> None:
        """Put an alarm into a state, and do what it does then."""
        previous = {"value": alarm.state_value, "reason": alarm.state_reason, "timestamp": _stamp(alarm)}
        alarm.update_state(reason, data, state)
        if previous["value"] == state:
            return
        self._announce(account_id, region, alarm, previous)
        if alarm.actions_enabled:
            actions = {
                OK: alarm.ok_actions,
                ALARM: alarm.alarm_actions,
                INSUFFICIENT: alarm.insufficient_data_actions,
            }
            for action in actions[state] or []:
                self._act(account_id, region, alarm, action, previous)

    def _evaluate(self, account_id: str, region: str, alarm: Alarm) -> None:
        if alarm.rule:
            return  # composite: moto keeps it, and nothing here evaluates its rule
        try:
            wanted, points = self._points(account_id, region, alarm)
        except (ExpressionError, ValueError) as error:
            if alarm.state_value != INSUFFICIENT:
                self.set_state(account_id, region, alarm, INSUFFICIENT, reason=str(error), data="{}")
            return
        if alarm.comparison_operator not in _COMPARISONS:
            return  # anomaly detection
        state, reason, data = _judged(alarm, wanted, points)
        if state != alarm.state_value:
            self.set_state(account_id, region, alarm, state, reason=reason, data=json.dumps(data))

    @staticmethod
    def _points(account_id: str, region: str, alarm: Alarm) -> tuple[list[int], Series]:
        """The beginnings of the periods that count, newest last, and the values that there are."""
        asked = _queries(alarm)
        period = max(query.period for query in asked)
        # The second that is not over yet belongs to the newest period.
        end = int(queries.now()) + 1
        start = end - period * int(alarm.evaluation_periods or 1)
        found = queries.results(metrics.of(account_id, region), asked, start, end, ending=True)
        shown = next(query for query in asked if query.shown)
        return list(range(start, end, period)), found[shown.id]

    def _act(self, account_id: str, region: str, alarm: Alarm, action: str, previous: dict[str, str]) -> None:
        """Notify a topic; other actions are a line in the local cloud's log."""
        if action.split(":")[2] != "sns":
            _log.warning("not imitated: action %s of alarm %s", action, alarm.name)
            return
        *_, topic_region, topic_account, _ = action.split(":")
        if action not in sns_backends[topic_account][topic_region].topics:
            _log.warning("alarm %s: there is no topic %s", alarm.name, action)
            return
        if (reason := permissions.refusal(action, alarm.alarm_arn, _PRINCIPAL)) is not None:
            _log.warning("alarm %s could not publish to %s: %s", alarm.name, action, reason)
            return
        message = _message(account_id, region, alarm, previous["value"])
        subject = f'{alarm.state_value}: "{alarm.name}" in {region}'
        try:
            client = self._cloud.client("sns", region=topic_region)
            client.publish(TopicArn=action, Subject=subject[:100], Message=json.dumps(message))
        except ClientError as error:
            _log.warning("alarm %s could not publish to %s: %s", alarm.name, action, error)

    def _announce(self, account_id: str, region: str, alarm: Alarm, previous: dict[str, str]) -> None:
        """Put *CloudWatch Alarm State Change* on the default bus."""
        detail = {
            "alarmName": alarm.name,
            "state": {
                "value": alarm.state_value,
                "reason": alarm.state_reason,
                "reasonData": alarm.state_reason_data,
                "timestamp": _stamp(alarm),
            },
            "previousState": previous,
            "configuration": {"description": alarm.description or "", "metrics": _configuration(alarm)},
        }
        entry = {
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Resources": [alarm.alarm_arn],
            "Detail": json.dumps(detail),
        }
        events_backends[account_id][region].put_events([entry])


def install() -> None:
    """Let new alarms begin as on AWS, with insufficient data; an update keeps the state.

    Raises:
        AttributeError: moto no longer has the method that is changed.

    """
    if _ORIGINAL is None:
        raise AttributeError(
            f"moto's CloudWatchBackend has no {_PATCHED}(): this version of moto is not supported"
        )

    def put_metric_alarm(self: Any, *args: Any, **kwargs: Any) -> Any:
        name = kwargs.get("name") or args[0]
        present = self.alarms.get(name)
        alarm = _ORIGINAL(self, *args, **kwargs)
        if present is None:
            alarm.state_value = INSUFFICIENT
        else:
            for member in (
                "state_value",
                "state_reason",
                "state_reason_data",
                "state_updated_timestamp",
                "history",
            ):
                setattr(alarm, member, getattr(present, member))
        return alarm

    setattr(CloudWatchBackend, _PATCHED, put_metric_alarm)


def _queries(alarm: Alarm) -> list[Query]:
    if not alarm.metric_data_queries:
        given = {dimension.name: dimension.value for dimension in alarm.dimensions}
        metric = Metric(alarm.namespace, alarm.metric_name, metrics.dimensions(given))
        statistic = alarm.statistic or alarm.extended_statistic or ""
        return [Query("value", int(alarm.period), metric, statistic)]
    found = []
    for item in alarm.metric_data_queries:
        shown = item.return_data is not False and str(item.return_data).lower() != "false"
        if item.metric_stat is not None:
            stat = item.metric_stat
            given = {dimension.name: dimension.value for dimension in stat.metric.dimensions}
            metric = Metric(stat.metric.namespace, stat.metric.metric_name, metrics.dimensions(given))
            found.append(Query(item.id, int(stat.period), metric, stat.stat, shown=shown))
        else:
            period = int(item.period or 0)
            found.append(Query(item.id, period, expression=item.expression or "", shown=shown))
    longest = max(query.period for query in found)
    return [
        query if query.period else Query(query.id, longest, expression=query.expression, shown=query.shown)
        for query in found
    ]


def _judged(alarm: Alarm, wanted: list[int], points: Series) -> tuple[str, str, dict[str, Any]]:
    """The state that the values ask for, and why."""
    breaks, words = _COMPARISONS[alarm.comparison_operator]
    threshold = float(alarm.threshold)
    needed = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    missing = alarm.treat_missing_data or "missing"
    present = [period for period in wanted if period in points]
    breaching = [period for period in present if breaks(points[period], threshold)]
    count = len(breaching)
    if missing == "breaching":
        count += len(wanted) - len(present)
    values = [points[period] for period in reversed(present)]
    shown = ", ".join(f"{value:.4g}" for value in values)
    data = {
        "version": "1.0",
        "queryDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "statistic": alarm.statistic or alarm.extended_statistic,
        "period": alarm.period,
        "recentDatapoints": [points[period] for period in present],
        "threshold": threshold,
    }
    against = f"{words} the threshold ({threshold:g})"
    if count >= needed:
        plural = "s" * (needed > 1)
        reason = (
            f"Threshold Crossed: {len(breaching)} out of the last {len(wanted)} datapoints [{shown}] was "
            f"{against} (minimum {needed} datapoint{plural} for OK -> ALARM transition)."
        )
        return ALARM, reason, data
    if present:
        plural = "s" * (len(present) > 1)
        return OK, f"Threshold Crossed: {len(present)} datapoint{plural} [{shown}] was not {against}.", data
    if missing in ("notBreaching", "breaching"):
        treated = "NonBreaching" if missing == "notBreaching" else "Breaching"
        reason = f"no datapoints were received and missing datapoints were treated as [{treated}]."
        return OK, f"Threshold Crossed: {reason}", data
    if missing == "ignore":
        return alarm.state_value, alarm.state_reason, data
    return INSUFFICIENT, f"Insufficient Data: {len(wanted)} datapoints were unknown.", data


def _stamp(alarm: Alarm) -> str:
    return str(alarm.state_updated_timestamp.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]) + "+0000"


def _configuration(alarm: Alarm) -> list[dict[str, Any]]:
    return [
        {
            "id": query.id,
            "returnData": query.shown,
            **({"expression": query.expression} if query.metric is None else {"metricStat": _stat(query)}),
        }
        for query in _queries(alarm)
    ]


def _stat(query: Query) -> dict[str, Any]:
    if query.metric is None:
        return {}
    return {
        "metric": {
            "namespace": query.metric.namespace,
            "name": query.metric.name,
            "dimensions": dict(query.metric.dimensions),
        },
        "period": query.period,
        "stat": query.statistic,
    }


def _message(account_id: str, region: str, alarm: Alarm, previous: str) -> dict[str, Any]:
    """What a topic is told: the fields of CloudWatch's JSON message."""
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account_id,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp.isoformat(),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _stamp(alarm),
        "Region": region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": previous,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "Statistic": alarm.statistic or alarm.extended_statistic,
            "Dimensions": [{"name": item.name, "value": item.value} for item in alarm.dimensions],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "DatapointsToAlarm": alarm.datapoints_to_alarm,
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": alarm.threshold,
            "TreatMissingData": alarm.treat_missing_data or "missing",
        },
    }
