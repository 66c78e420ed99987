"""A job's log stream, written as AWS does: with the execution role's permissions."""

import time
from threading import Lock

from botocore.exceptions import ClientError

from localcloud.service_role import ServiceRole

_FLUSH_SECONDS = 0.5
_BATCH = 500
_LONGEST = 200_000


class LogStream:
    """Collects lines and puts them into CloudWatch Logs every half second.

    The role's session calls CreateLogGroup, which answers that the group exists, CreateLogStream and PutLogEvents,
    so that the call log shows the permissions that a real role needs. A role without them gets no logs on AWS, and
    the job runs all the same; why there are none is kept in ``error``.
    """

    def __init__(self, role: ServiceRole, group: str, stream: str) -> None:
        self.group = group
        self.stream = stream
        self.error: str | None = None
        self._role = role
        self._client = role.client("logs")
        self._lock = Lock()
        self._lines: list[tuple[int, str]] = []
        self._flushed = time.monotonic()
        self._open()

    def write(self, line: str) -> None:
        """Add a line; empty ones are left out, CloudWatch Logs does not take them."""
        if not line:
            return
        with self._lock:
            self._lines.append((int(time.time() * 1000), line[:_LONGEST]))
            if len(self._lines) >= _BATCH or time.monotonic() - self._flushed > _FLUSH_SECONDS:
                self._flush()

    def close(self) -> None:
        """Put what is left."""
        with self._lock:
            self._flush()

    def _open(self) -> None:
        if (refusal := self._role.log(self.group, self.stream).refusal()) is not None:
            names = {"logGroupName": self.group, "logStreamName": self.stream}
            self._role.record("logs", "CreateLogStream", names, error="AccessDeniedException")
            self.error = refusal
            return
        try:
            self._client.create_log_group(logGroupName=self.group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                self.error = str(error)
                return
        try:
            self._client.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
        except ClientError as error:
            self.error = str(error)

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        self._flushed = time.monotonic()
        if not lines or self.error is not None:
            return
        try:
            self._client.put_log_events(
                logGroupName=self.group,
                logStreamName=self.stream,
                logEvents=[{"timestamp": timestamp, "message": line} for timestamp, line in lines],
            )
        except ClientError as error:
            self.error = str(error)
