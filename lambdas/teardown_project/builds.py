"""The CodeBuild project that runs ``runner.sh``: to destroy a project, or to restore it after a failed update."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from teardown_project.errors import TeardownNotStarted
from teardown_project.events import Properties

if TYPE_CHECKING:
    CodeBuildClient = Any

Action = Literal["apply", "destroy"]

_REQUEST = "TEARDOWN_REQUEST"
_ACTION = "ACTION"
_NOT_DONE: dict[Action, str] = {
    "destroy": "Nothing was deleted; delete the project again when the cause is gone.",
    "apply": "The project stays as the failed update left it; update it again when the cause is gone.",
}


@dataclass(frozen=True)
class Build:
    """A build as it ended."""

    id: str
    action: str
    request_id: str | None
    succeeded: bool
    started: datetime
    trouble: str


class Builds:
    """Starts builds and looks at them."""

    def __init__(self, client: "CodeBuildClient", project: str) -> None:
        self._client = client
        self._project = project

    def start(self, request_id: str, properties: Properties, action: Action) -> str:
        """Start the build for a request; its id. The same request within five minutes gets the same build.

        Raises:
            TeardownNotStarted: CodeBuild refuses.

        """
        variables = {
            _REQUEST: request_id,
            _ACTION: action,
            "RUNNER_SHA256": properties.RunnerSha256,
            "SETTINGS_SHA256": properties.SettingsSha256,
            # Names and base64 have no spaces.
            "PARAMETERS": " ".join(f"{name}={value}" for name, value in sorted(properties.Parameters.items())),
        }
        try:
            started = self._client.start_build(
                projectName=self._project,
                idempotencyToken=request_id,
                environmentVariablesOverride=[
                    {"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()
                ],
            )
        except (ClientError, BotoCoreError) as error:
            raise TeardownNotStarted(
                f"The build {self._project}, which works on the project's resources, could not be started: "
                f"{error}. "
                f"{_NOT_DONE[action]}"
            ) from error
        return str(started["build"]["id"])

    def look(self, build_id: str) -> Build | None:
        """A build that has ended, by ARN or id; None if there is none."""
        found = self._client.batch_get_builds(ids=[build_id.rsplit("/", 1)[-1]])["builds"]
        if not found:
            return None
        build = found[0]
        variables = {item["name"]: item["value"] for item in build["environment"]["environmentVariables"]}
        return Build(
            id=build["id"],
            action=variables.get(_ACTION, "destroy"),
            request_id=variables.get(_REQUEST),
            succeeded=build["buildStatus"] == "SUCCEEDED",
            started=build["startTime"],
            trouble=_trouble(build),
        )


def _trouble(build: dict[str, Any]) -> str:
    """What CodeBuild says about the first phase that did not succeed, and where the log is."""
    logs = build.get("logs", {})
    place = f" Log: {logs['groupName']}, stream {logs['streamName']}." if logs.get("streamName") else ""
    for phase in build.get("phases", []):
        if phase.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED":
            said = " ".join(context.get("message", "") for context in phase.get("contexts", []))
            # CodeBuild repeats the whole command before it says what became of it.
            said = said.rpartition("Reason: ")[2].strip()
            return f"The build ended with {phase['phaseStatus']} in {phase['phaseType']}: {said}{place}"
    return f"The build ended with {build['buildStatus']}.{place}"
