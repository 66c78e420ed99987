"""PutEvents, which lets nobody speak in AWS's own name."""

from typing import Any

from moto.core.responses import ActionResult
from moto.events.models import events_backends

from localcloud.responses import LocalResponse, operations

_REFUSAL = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}


@operations("events")
class EventsResponse(LocalResponse):
    """Putting events on a bus."""

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
