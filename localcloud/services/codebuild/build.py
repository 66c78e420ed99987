"""One build: what it is about, how far it has come, and what to tell about it."""

import copy
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localcloud.processes import ChildProcess


@dataclass(frozen=True)
class Location:
    """An object in a bucket, with the key that encrypts it when that is not the bucket's own."""

    bucket: str
    key: str
    kms_key: str | None = None
    sha256: str | None = None

    @property
    def arn(self) -> str:
        """The object's ARN."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


@dataclass(frozen=True)
class PipelineContext:
    """What CodePipeline hands to a build: input and output artifacts by name, the first input being the source."""

    initiator: str
    inputs: dict[str, Location]
    outputs: dict[str, Location]
    revision: str


@dataclass
class Phase:
    """One phase of a build."""

    type: str
    start: datetime
    status: str | None = None
    end: datetime | None = None
    code: str = ""
    message: str = ""

    def shape(self) -> dict[str, Any]:
        """As BatchGetBuilds has it."""
        shape: dict[str, Any] = {"phaseType": self.type, "startTime": self.start}
        if self.status is not None:
            shape["phaseStatus"] = self.status
        if self.end is not None:
            shape["endTime"] = self.end
            shape["durationInSeconds"] = int((self.end - self.start).total_seconds())
        if self.end is not None and self.type not in ("SUBMITTED", "QUEUED", "COMPLETED"):
            shape["contexts"] = [{"statusCode": self.code, "message": self.message}]
        return shape


@dataclass
class Build:
    """A build; `project` is a copy of the project with the overrides of StartBuild applied.

    `lost` is set when the machine is gone on which it ran.
    """

    project: dict[str, Any]
    number: int
    account_id: str
    region: str
    initiator: str
    request: dict[str, Any]
    pipeline: PipelineContext | None = None
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    start: datetime = field(default_factory=lambda: datetime.now(UTC))
    end: datetime | None = None
    status: str = "IN_PROGRESS"
    source_version: str | None = None
    resolved_version: str | None = None
    phases: list[Phase] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    produced: list[dict[str, Any]] = field(default_factory=list)
    log_group: str | None = None
    log_stream: str | None = None
    finished: threading.Event = field(default_factory=threading.Event, repr=False)
    stop_requested: threading.Event = field(default_factory=threading.Event, repr=False)
    lost: threading.Event = field(default_factory=threading.Event, repr=False)
    child: "ChildProcess | None" = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """`project:uuid`."""
        return f"{self.project['name']}:{self.uuid}"

    @property
    def arn(self) -> str:
        """The build's ARN."""
        return f"arn:aws:codebuild:{self.region}:{self.account_id}:build/{self.id}"

    @property
    def phase(self) -> Phase:
        """The current phase."""
        return self.phases[-1]

    @property
    def session(self) -> str:
        """The name of its session with the service role."""
        return f"AWSCodeBuild-{self.uuid}"

    @property
    def about(self) -> str:
        """Its variables as they were given, secrets by their names only."""
        given = self.project["environment"].get("environmentVariables", [])
        return "\n".join(f"{item['name']}={item['value']}" for item in given)

    def kill(self) -> None:
        """SIGKILL to the command that it is at."""
        if (child := self.child) is not None:
            child.kill()

    def lose(self, *, at_once: bool = False) -> None:  # noqa: ARG002 - a machine that is gone is gone at once
        """Take away the machine on which it runs."""
        self.lost.set()
        self.kill()

    def begin(self, phase: str) -> None:
        """Enter a phase."""
        self.phases.append(Phase(phase, datetime.now(UTC)))

    def complete(self, status: str = "SUCCEEDED", code: str = "", message: str = "") -> None:
        """Leave the current phase."""
        phase = self.phase
        phase.status, phase.code, phase.message, phase.end = status, code, message, datetime.now(UTC)

    def finish(self, status: str) -> None:
        """End the build."""
        self.begin("COMPLETED")
        self.end = self.phase.start
        self.status = status
        self.finished.set()

    def failure(self) -> str:
        """The message of the phase that failed, as a pipeline shows it."""
        for phase in self.phases:
            if phase.status not in (None, "SUCCEEDED"):
                reason = f"Phase: {phase.type}, Code: {phase.code}, Message: {phase.message}"
                return f"Build terminated with state: {self.status}. {reason}"
        return f"Build terminated with state: {self.status}"

    def shape(self) -> dict[str, Any]:
        """As BatchGetBuilds has it."""
        project = self.project
        shape: dict[str, Any] = {
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.start,
            "currentPhase": self.phase.type,
            "buildStatus": self.status,
            "sourceVersion": self.source_version,
            "resolvedSourceVersion": self.resolved_version,
            "projectName": project["name"],
            "phases": [phase.shape() for phase in self.phases],
            "source": project["source"],
            "secondarySources": project.get("secondarySources", []),
            "secondarySourceVersions": project.get("secondarySourceVersions", []),
            "artifacts": self._artifacts(),
            "secondaryArtifacts": [item for item in self.produced if "artifactIdentifier" in item],
            "cache": project["cache"],
            "environment": project["environment"],
            "serviceRole": project["serviceRole"],
            "logs": self._logs(),
            "timeoutInMinutes": project["timeoutInMinutes"],
            "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"],
            "buildComplete": self.end is not None,
            "initiator": self.initiator,
            "encryptionKey": project["encryptionKey"],
            "exportedEnvironmentVariables": [
                {"name": name, "value": value} for name, value in self.exported.items()
            ],
            "reportArns": [],
        }
        if self.end is not None:
            shape["endTime"] = self.end
        if project.get("vpcConfig"):
            shape["vpcConfig"] = project["vpcConfig"]
        return copy.deepcopy({key: value for key, value in shape.items() if value is not None})

    def _artifacts(self) -> dict[str, Any]:
        primary = next((item for item in self.produced if "artifactIdentifier" not in item), None)
        return primary or {"location": ""}

    def _logs(self) -> dict[str, Any]:
        config = self.project.get("logsConfig") or {}
        logs: dict[str, Any] = {
            "cloudWatchLogs": config.get("cloudWatchLogs") or {"status": "ENABLED"},
            "s3Logs": config.get("s3Logs") or {"status": "DISABLED", "encryptionDisabled": False},
        }
        if self.log_group is None:
            return logs
        group, stream = self.log_group, self.log_stream
        arn = f"arn:aws:logs:{self.region}:{self.account_id}:log-group:{group}:log-stream:{stream or 'null'}"
        link = f"https://console.aws.amazon.com/cloudwatch/home?region={self.region}#logsV2:log-groups/log-group/{group}"
        return {**logs, "groupName": group, "streamName": stream, "cloudWatchLogsArn": arn, "deepLink": link}
