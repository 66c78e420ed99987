"""Putting events and rules: nobody speaks in AWS's own name, and schedules are what EventBridge understands."""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.events.models import EventPattern, events_backends

from localcloud.responses import LocalResponse, ServiceError, operations
from localcloud.services.events import patterns, schedules

_REFUSAL = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}


@operations("events")
class EventsResponse(LocalResponse):
    """Events and rules."""

    def put_rule(self) -> ActionResult:
        """PutRule."""
        expression = self.params.get("ScheduleExpression")
        if expression and not schedules.valid(expression):
            raise ServiceError("ValidationException", "Parameter ScheduleExpression is not valid.")
        pattern = self.params.get("EventPattern")
        if pattern and (reason := patterns.refusal(self._pattern(pattern))):
            raise ServiceError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")
        try:
            rule = events_backends[self.current_account][self.region].put_rule(
                self.params["Name"],
                scheduled_expression=expression,
                event_pattern=self.params.get("EventPattern"),
                state=self.params.get("State"),
                description=self.params.get("Description"),
                role_arn=self.params.get("RoleArn"),
                event_bus_arn=self.params.get("EventBusName"),
                tags=self.params.get("Tags"),
            )
        except JsonRESTError as error:
            raise ServiceError(error.error_type, error.message) from error
        return ActionResult({"RuleArn": rule.arn})

    def test_event_pattern(self) -> ActionResult:
        """TestEventPattern."""
        pattern = self._pattern(self.params["EventPattern"])
        try:
            event = json.loads(self.params["Event"])
        except ValueError as error:
            raise ServiceError("InvalidEventPatternException", "Event is not valid. Reason: not JSON") from error
        return ActionResult({"Result": patterns.matches(pattern, event)})

    @staticmethod
    def _pattern(text: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = EventPattern.load(text).get_pattern()
        except JsonRESTError as error:
            raise ServiceError(error.error_type, error.message) from error
        return found

    def put_events(self) -> ActionResult:
        """PutEvents."""
        backend = events_backends[self.current_account][self.region]
        answers: list[dict[str, Any]] = []
        for entry in self.params["Entries"]:
            if str(entry.get("Source", "")).startswith("aws."):
                answers.append(_REFUSAL)
            else:
                answers += backend.put_events([entry])
        failed = sum("ErrorCode" in answer for answer in answers)
        return ActionResult({"FailedEntryCount": failed, "Entries": answers})
