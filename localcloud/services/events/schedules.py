"""Scheduled rules: their expressions, and running one now, since nobody waits a day.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html. Nothing runs by the clock:
``POST /_localcloud/schedules {"rule": "name"}`` is the time.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from moto.events.models import events_backends
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_RATE = re.compile(r"rate\((?P<number>[1-9][0-9]*) (?P<unit>minute|hour|day)(?P<plural>s?)\)")
_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")
_FIELD = r"(?:\*|\?|[0-9A-Z#LW]+(?:-[0-9A-Z]+)?(?:,[0-9A-Z#LW]+(?:-[0-9A-Z]+)?)*)(?:/[0-9]+)?"
_FIELDS = 6
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))

Send = Callable[[Any, dict[str, Any]], None]


def valid(expression: str) -> bool:
    """Whether an expression is one of EventBridge's: ``rate(1 day)``, ``cron(0 6 * * ? *)``."""
    if rate := _RATE.fullmatch(expression):
        return (rate["number"] == "1") == (rate["plural"] == "")
    cron = _CRON.fullmatch(expression)
    if cron is None:
        return False
    parts = cron["fields"].split()
    if len(parts) != _FIELDS or not all(re.fullmatch(_FIELD, part) for part in parts):
        return False
    for part, (low, high) in zip(parts, _RANGES, strict=True):
        numbers = [int(number) for number in re.findall(r"[0-9]+", part.split("/")[0].split("#")[0])]
        if any(not low <= number <= high for number in numbers):
            return False
    # Of day-of-month and day-of-week one is a question mark, and the other is not.
    return (parts[2] == "?") != (parts[4] == "?") and "?" not in "".join(parts[:2] + parts[3:4] + parts[5:])


class Schedules:
    """The control endpoint ``schedules``."""

    def __init__(self, cloud: "Cloud", send: Send) -> None:
        self._cloud = cloud
        self._send = send

    def control(self, request: Request) -> Response:
        """GET lists the scheduled rules; POST ``{"rule", "region", "time"}`` runs one now; its event."""
        if request.method != "POST":
            return _json([_shape(rule) for rule in self._rules(request.args.get("region"))])
        wanted = request.get_json(force=True)
        if unknown := sorted(set(wanted) - {"rule", "region", "time"}):
            return _json({"message": f"unknown fields: {', '.join(unknown)}"}, 400)
        name = wanted.get("rule", "")
        rule = next((item for item in self._rules(wanted.get("region")) if name in (item.name, item.arn)), None)
        if rule is None:
            return _json({"message": f"there is no scheduled rule {name}"}, 404)
        if rule.state != "ENABLED":
            return _json({"message": f"the rule {name} is disabled"}, 409)
        event = {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": rule.account_id,
            "time": wanted.get("time") or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": rule.region_name,
            "resources": [rule.arn],
            "detail": {},
        }
        self._send(rule, event)
        return _json(event)

    def _rules(self, region: str | None) -> list[Any]:
        backend = events_backends[self._cloud.account_id][region or self._cloud.region]
        return [rule for rule in list(backend.event_buses["default"].rules.values()) if rule.scheduled_expression]


def _shape(rule: Any) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "arn": rule.arn,
        "expression": rule.scheduled_expression,
        "state": rule.state,
        "targets": [target["Arn"] for target in rule.targets],
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
