"""Starting automations and looking at them."""

from typing import Any

from localcloud.responses import ActionResult, LocalResponse, operations
from localcloud.services.ssm import executions
from localcloud.services.ssm.automation import Execution


@operations("ssm")
class AutomationResponse(LocalResponse):
    """What moto has no counterpart of."""

    def start_automation_execution(self) -> ActionResult:
        """Start an automation; it runs after the answer."""
        started = executions.of(self.cloud).start(
            self.params["DocumentName"], self.current_account, self.region, self.caller.arn
        )
        return ActionResult({"AutomationExecutionId": started.identifier})

    def get_automation_execution(self) -> ActionResult:
        """Describe one execution, with its steps."""
        found = executions.of(self.cloud).get(self.params["AutomationExecutionId"])
        return ActionResult({"AutomationExecution": _about(found) | {"StepExecutions": found.steps}})

    def describe_automation_executions(self) -> ActionResult:
        """List executions, the newest first; of the filters, DocumentNamePrefix and ExecutionStatus."""
        found = executions.of(self.cloud).all()
        for wanted in self.params.get("Filters", []):
            values = tuple(wanted["Values"])
            if wanted["Key"] == "DocumentNamePrefix":
                found = [one for one in found if one.name.startswith(values)]
            elif wanted["Key"] == "ExecutionStatus":
                found = [one for one in found if one.status in values]
        return ActionResult({"AutomationExecutionMetadataList": [_about(one) for one in found]})


def _about(one: Execution) -> dict[str, Any]:
    about: dict[str, Any] = {
        "AutomationExecutionId": one.identifier,
        "DocumentName": one.name,
        "AutomationExecutionStatus": one.status,
        "ExecutionStartTime": one.began,
        "ExecutedBy": one.executed_by,
        "Mode": "Auto",
        "Outputs": one.outputs,
    }
    if one.ended is not None:
        about["ExecutionEndTime"] = one.ended
    if one.failure is not None:
        about["FailureMessage"] = one.failure
    return about
