"""What a pipeline tells the world: state changes on the event bus, and executions inside the local cloud.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
"""

import json
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends

from localcloud.services.codepipeline.records import ActionExecution, Execution

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_STATES = {"INPROGRESS": "STARTED", "STOPPED": "STOPPED", "ABANDONED": "CANCELED"}


class Notices:
    """The notices of one execution."""

    def __init__(self, cloud: "Cloud", account_id: str, region: str, execution: Execution) -> None:
        self._cloud = cloud
        self._account_id = account_id
        self._region = region
        self._execution = execution

    def execution(self, state: str) -> None:
        """The execution changed its state."""
        detail = {"state": state, "execution-trigger": self._trigger()}
        self._put("CodePipeline Pipeline Execution State Change", detail)
        self._cloud.events.publish(
            "codepipeline.execution",
            {
                "pipeline": self._execution.name,
                "execution_id": self._execution.id,
                "state": state,
                "status": self._execution.status,
                "version": self._execution.pipeline["version"],
            },
        )

    def stage(self, name: str, state: str) -> None:
        """A stage changed its state."""
        self._put("CodePipeline Stage Execution State Change", {"stage": name, "state": state})

    def action(self, record: ActionExecution) -> None:
        """An action changed its state."""
        kind = record.action["actionTypeId"]
        state = record.status.upper()
        detail: dict[str, Any] = {
            "stage": record.stage,
            "action": record.name,
            "action-execution-id": record.id,
            "state": _STATES.get(state, state),
            "type": {name: kind[name] for name in ("owner", "provider", "category", "version")},
            "region": self._region,
        }
        if record.error is not None:
            detail["execution-result"] = {
                "error-code": record.error["code"],
                "external-execution-summary": record.error["message"],
            }
        self._put("CodePipeline Action Execution State Change", detail)

    def _trigger(self) -> dict[str, str]:
        return {"trigger-type": self._execution.trigger.type, "trigger-detail": self._execution.trigger.detail}

    def _put(self, detail_type: str, detail: dict[str, Any]) -> None:
        arn = f"arn:aws:codepipeline:{self._region}:{self._account_id}:{self._execution.name}"
        full = {
            "pipeline": self._execution.name,
            "execution-id": self._execution.id,
            "version": self._execution.pipeline["version"],
            **detail,
        }
        entry = {
            "Source": "aws.codepipeline",
            "DetailType": detail_type,
            "Resources": [arn],
            "Detail": json.dumps(full),
        }
        events_backends[self._account_id][self._region].put_events([entry])
