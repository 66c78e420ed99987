"""Running an automation: its script, in a process of its own, with the role that the document names.

https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeScript.html
"""

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.principals import AccessDeniedError
from localcloud.processes import ProcessTimeoutError
from localcloud.responses import ServiceError
from localcloud.service_role import ServiceRole

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_SERVICE = "ssm.amazonaws.com"
_ACTION = "aws:executeScript"
# "The script has a maximum run time of 600 seconds" (the page above).
_SECONDS = 600.0
_LINES = 40
_RUN = """
import json, runpy, sys
folder = sys.argv[1]
script = runpy.run_path(folder + "/script.py")
with open(folder + "/payload.json", encoding="utf-8") as file:
    answer = script[sys.argv[2]](json.load(file), {})
with open(folder + "/answer.json", "w", encoding="utf-8") as file:
    json.dump(answer, file)
"""


@dataclass
class Execution:
    """One run of an automation.

    Attributes:
        identifier: AutomationExecutionId.
        name: the document's.
        document: what it says.
        executed_by: ARN of who has started it.
        status: as Systems Manager calls it: InProgress, Success, Failed.
        outputs: by ``Step.Name``, as far as the document asks for them.

    """

    identifier: str
    name: str
    document: dict[str, Any]
    executed_by: str
    status: str = "InProgress"
    failure: str | None = None
    outputs: dict[str, list[str]] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None


def check(document: dict[str, Any]) -> None:
    """Refuse what cannot be run here.

    Raises:
        ServiceError: an action, a parameter or a missing role that is not imitated.

    """
    wrong = [step["action"] for step in document["mainSteps"] if step["action"] != _ACTION]
    if wrong or document.get("parameters") or "{{" in document.get("assumeRole", "{{"):
        raise ServiceError(
            "InvalidAutomationExecutionParametersException",
            f"localcloud: an automation has steps {_ACTION}, a role of its own (assumeRole) and no parameters.",
        )


def run(cloud: "Cloud", execution: Execution, region: str) -> None:
    """Run every step, one after the other; what goes wrong is the execution's failure."""
    try:
        role_arn = execution.document["assumeRole"]
        role = ServiceRole(
            cloud,
            role_arn,
            service=_SERVICE,
            session_name="Automation",
            region=region,
            source_arn=f"arn:aws:ssm:{region}:{role_arn.split(':')[4]}:automation-execution/{execution.identifier}",
        )
        for step in execution.document["mainSteps"]:
            _step(cloud, execution, role, step)
    except AccessDeniedError as error:
        execution.failure = f"The automation's role cannot be assumed: {error}"
    except ScriptError as error:
        execution.failure = str(error)
    execution.status = "Success" if execution.failure is None else "Failed"
    execution.ended = datetime.now(UTC)


class ScriptError(Exception):
    """A script has failed."""


def _step(cloud: "Cloud", execution: Execution, role: ServiceRole, step: dict[str, Any]) -> None:
    shown: dict[str, Any] = {
        "StepName": step["name"],
        "Action": step["action"],
        "StepStatus": "InProgress",
        "ExecutionStartTime": datetime.now(UTC),
    }
    execution.steps.append(shown)
    try:
        answer = _script(cloud, role, step["inputs"])
    except ScriptError as error:
        shown |= {"StepStatus": "Failed", "FailureMessage": str(error)}
        raise
    finally:
        shown["ExecutionEndTime"] = datetime.now(UTC)
    shown |= {"StepStatus": "Success", "Outputs": {"Payload": [json.dumps(answer)]}}
    for output in step.get("outputs", []):
        name = f"{step['name']}.{output['Name']}"
        if name in execution.document.get("outputs", []):
            execution.outputs[name] = [json.dumps(_selected(answer, output["Selector"]))]


def _selected(answer: Any, selector: str) -> Any:
    """``$.Payload`` is what the handler has returned, ``$.Payload.name`` a member of it."""
    for name in selector.removeprefix("$.Payload").strip(".").split("."):
        answer = answer[name] if name else answer
    return answer


def _script(cloud: "Cloud", role: ServiceRole, inputs: dict[str, Any]) -> Any:
    folder = cloud.temporary_folder("ssm", "script")
    (folder / "script.py").write_text(inputs["Script"], encoding="utf-8")
    (folder / "payload.json").write_text(json.dumps(inputs.get("InputPayload", {})), encoding="utf-8")
    said: list[str] = []
    try:
        status = cloud.processes.run(
            [sys.executable, "-c", _RUN, str(folder), inputs["Handler"]],
            env=cloud.child_environment(role.credentials, folder / "home", role.region),
            cwd=folder,
            stdout=said.append,
            timeout=_SECONDS,
        )
    except ProcessTimeoutError as error:
        raise ScriptError(str(error)) from error
    if status != 0:
        raise ScriptError("\n".join(said[-_LINES:]) or f"The script has ended with {status}.")
    return json.loads(Path(folder / "answer.json").read_text(encoding="utf-8"))
