"""A job: its states, and its way from the data's download to the result's upload."""

import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from datetime import datetime
from threading import Event, Lock
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.cloud import Cloud
from localcloud.processes import ChildProcess, ProcessTimeoutError
from localcloud.service_role import ServiceRole
from localcloud.services.sagemaker.jobs.container import Command, Container
from localcloud.services.sagemaker.jobs.stream import LogStream
from localcloud.services.sagemaker.jobs.transfer import TransferError
from localcloud.services.sagemaker.resources import Resource, Tags, arn, now

_log = logging.getLogger(__name__)
_KEPT_LINES = 200
_LONGEST_REASON = 1024

IN_PROGRESS, COMPLETED, FAILED, STOPPING, STOPPED = "InProgress", "Completed", "Failed", "Stopping", "Stopped"


class JobFailedError(Exception):
    """The job fails; the message is its FailureReason."""


class Job(Resource, ABC):
    """A processing or training job.

    Attributes:
        name: the job's name.
        request: the request that created it.
        status: InProgress, Completed, Failed, Stopping or Stopped.
        failure_reason: why it failed.
        finished: set when the status is final.

    """

    kind: ClassVar[str]
    log_group: ClassVar[str]

    def __init__(self, name: str, request: dict[str, Any], tags: Tags, *, account_id: str, region: str) -> None:
        super().__init__(arn(region, account_id, f"{self.kind}/{name}"), tags=tags)
        self.name = name
        self.request = request
        self.region = region
        self.status = IN_PROGRESS
        self.failure_reason: str | None = None
        self.created = self.modified = now()
        self.started: datetime | None = None
        self.ended: datetime | None = None
        self.finished = Event()
        self.last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._stop = Event()
        self._child: ChildProcess | None = None
        self._lock = Lock()

    @property
    def role_arn(self) -> str:
        """The role with whose permissions the job works."""
        return str(self.request["RoleArn"])

    @property
    def maximum_seconds(self) -> int:
        """The longest time it may run; a day when nothing else is said, as on AWS."""
        return int(self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86_400))

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """The answer of the Describe operation."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """The job's entry in the List operation's answer."""

    @abstractmethod
    def _bring_in(self, container: Container, s3: Any) -> None:
        """Download inputs and lay out configuration files."""

    @abstractmethod
    def _command(self, container: Container, environment: dict[str, str], log: LogStream) -> Command:
        """What to run; ``environment`` is a complete clean one."""

    @abstractmethod
    def _bring_out(self, container: Container, s3: Any) -> None:
        """Upload results after a successful end."""

    @abstractmethod
    def _reason(self, container: Container, status: int) -> str:
        """The FailureReason after a program ended with a status other than 0."""

    def _progress(self, secondary: str) -> None:
        """Note a secondary status; training jobs show them."""

    def _timed_out(self, container: Container, s3: Any) -> None:
        """What happens to the results when the longest time is over."""

    def _line(self, line: str) -> None:
        """Look at a line of the program's output."""
        self.last_lines.append(line)

    def stop(self) -> None:
        """Ask the job to stop: its program is ended, the status becomes Stopping and then Stopped."""
        with self._lock:
            if self.finished.is_set():
                return
            self.status = STOPPING
            self.modified = now()
            self._stop.set()
            child = self._child
        if child is not None:
            child.end()

    def run(self, cloud: Cloud, role: ServiceRole) -> None:
        """Run to the end (in a thread of its own)."""
        container = Container(cloud.temporary_folder("sagemaker", self.name))
        try:
            status, reason = self._run(cloud, role, container)
        except (JobFailedError, TransferError) as error:
            status, reason = (STOPPED, None) if self._stop.is_set() else (FAILED, str(error))
        except (ClientError, BotoCoreError) as error:
            status, reason = FAILED, f"ClientError: {error}"
        except Exception as error:  # noqa: BLE001 - the job's top: it must end in a final state, with a reason
            if not cloud.stopping:
                _log.exception("%s failed", self.arn)
            status, reason = FAILED, f"InternalServerError: {error!r}"
        finally:
            container.remove()
        self._finish(status, reason)

    def _run(self, cloud: Cloud, role: ServiceRole, container: Container) -> tuple[str, str | None]:
        self.started = now()
        s3 = role.client("s3")
        self._progress("Downloading")
        self._bring_in(container, s3)
        stream = f"{self.name}/algo-1-{int(time.time())}"
        log = LogStream(role, self.log_group, stream)
        environment = cloud.child_environment(role.credentials, container.home, self.region)
        command = self._command(container, environment, log)
        self._progress("Training")
        try:
            exit_status = self._execute(cloud, command, log)
        except ProcessTimeoutError:
            log.write(f"The job ran longer than MaxRuntimeInSeconds ({self.maximum_seconds}) and was ended.")
            self._timed_out(container, s3)
            return STOPPED, None
        finally:
            log.close()
            if log.error is not None:
                _log.warning("%s has no logs: %s", self.arn, log.error)
        if self._stop.is_set():
            return STOPPED, None
        if exit_status != 0:
            raise JobFailedError(self._reason(container, exit_status))
        self._progress("Uploading")
        self._bring_out(container, s3)
        return COMPLETED, None

    def _execute(self, cloud: Cloud, command: Command, log: LogStream) -> int:
        def note(child: ChildProcess) -> None:
            with self._lock:
                self._child = child
                stopped = self._stop.is_set()
            if stopped:
                child.end()

        def line(text: str) -> None:
            log.write(text)
            self._line(text)

        if self._stop.is_set():
            return -1
        try:
            return cloud.processes.run(
                command.argv,
                env=command.environment,
                cwd=command.cwd,
                stdout=line,
                timeout=self.maximum_seconds,
                on_start=note,
            )
        except OSError as error:
            log.write(str(error))
            raise JobFailedError(f"AlgorithmError: the entrypoint cannot be started: {error}") from error

    def _finish(self, status: str, reason: str | None) -> None:
        with self._lock:
            self.ended = self.modified = now()
            self.failure_reason = reason[:_LONGEST_REASON] if reason else None
            self.status = status
        self._progress(status)
        self.finished.set()
