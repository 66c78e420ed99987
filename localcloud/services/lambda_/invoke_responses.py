"""Invoke: run a function now, later, or not at all."""

import base64
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.responses import ActionContext, ActionResult

from localcloud.responses import LocalResponse, operations
from localcloud.services.lambda_ import functions, invocations, names
from localcloud.services.lambda_.invocations import EventPolicy, Request


class InvokeResult(ActionResult):
    """An answer whose HTTP status is part of the result (202 for events, 204 for a dry run)."""

    def __init__(self, status: int, result: dict[str, Any]) -> None:
        super().__init__(result)
        self._status = status

    def execute_result(self, context: ActionContext) -> Any:
        """Serialise, and put in the status."""
        _, headers, body = super().execute_result(context)
        return self._status, headers, body


@operations("lambda")
class InvokeResponse(LocalResponse):
    """The operation by which a function runs."""

    def invoke(self) -> ActionResult:
        """Invoke: RequestResponse, Event or DryRun."""
        name, qualifier = names.parse(self.params["FunctionName"], self.params.get("Qualifier"))
        with names.moto_errors():
            found = get_backend(self.current_account, self.region).get_function(name, qualifier)
        function = functions.read(found, qualifier)
        payload = self.params.get("Payload") or b""
        request = Request(
            payload=payload.encode() if isinstance(payload, str) else payload,
            client_context=_decoded(self.params.get("ClientContext")),
            trace_id=self.headers.get("X-Amzn-Trace-Id"),
        )
        runner = invocations.of(self.cloud)
        kind = self.params.get("InvocationType") or "RequestResponse"
        if kind == "DryRun":
            runner.check(function, request.payload)
            return InvokeResult(204, {"Payload": b""})
        if kind == "Event":
            runner.enqueue(function, request, _policy(found))
            return InvokeResult(202, {"Payload": b""})
        result = runner.wait(function, request)
        answer: dict[str, Any] = {"Payload": result.payload, "ExecutedVersion": result.version}
        if result.error is not None:
            answer["FunctionError"] = result.error
        if self.params.get("LogType") == "Tail":
            answer["LogResult"] = base64.b64encode(result.log_tail).decode()
        return InvokeResult(200, answer)


def _policy(found: Any) -> EventPolicy:
    config = found.event_invoke_config[-1].config if found.event_invoke_config else {}
    destinations = config.get("DestinationConfig") or {}
    return EventPolicy(
        retries=config.get("MaximumRetryAttempts", 2),
        on_success=destinations.get("OnSuccess", {}).get("Destination"),
        on_failure=destinations.get("OnFailure", {}).get("Destination"),
    )


def _decoded(client_context: str | None) -> str | None:
    return base64.b64decode(client_context).decode() if client_context else None
