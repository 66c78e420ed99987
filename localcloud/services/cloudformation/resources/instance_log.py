"""An instance's log agent: sends the output of cloud-init to CloudWatch Logs with the instance's own role."""

import time
from threading import Event, Lock, Thread
from typing import Any

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.policies import role_allows
from localcloud.principals import Credentials

_INTERVAL_SECONDS = 0.5
_EVENT_CHARACTERS = 60_000
_BATCH = 500


class InstanceLog:
    """Writes lines to a file at once, and to ``<instance-id>/cloud-init-output.log`` of a log group in batches.

    The log group has to exist and the role has to be allowed to write to it, else nothing is sent: the agent on
    the instance has no other way to complain, either. The file then says why.
    """

    def __init__(
        self, cloud: Cloud, region: str, credentials: Credentials | None, *, group: str, instance_id: str
    ) -> None:
        self._cloud = cloud
        self._region = region
        self._credentials = credentials
        self._group = group
        self._stream = f"{instance_id}/cloud-init-output.log"
        self._file = cloud.folder("ec2") / f"{instance_id}.log"
        self._pending: list[dict[str, Any]] = []
        self._lock = Lock()
        self._done = Event()
        self._client: Any = None
        self._thread = Thread(target=self._send, name=f"log-{instance_id}", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Take one line of output."""
        with self._lock:
            self._append(line)
            self._pending.append(
                {"timestamp": int(time.time() * 1000), "message": line[:_EVENT_CHARACTERS] or " "}
            )

    def close(self) -> None:
        """Send what is left."""
        self._done.set()
        self._thread.join(30.0)

    def _append(self, line: str) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _send(self) -> None:
        if not self._open():
            return
        while True:
            last = self._done.wait(_INTERVAL_SECONDS)
            with self._lock:
                batch, self._pending = self._pending, []
            if not self._put(batch) or last:
                return

    def _put(self, batch: list[dict[str, Any]]) -> bool:
        try:
            for start in range(0, len(batch), _BATCH):
                self._client.put_log_events(
                    logGroupName=self._group, logStreamName=self._stream, logEvents=batch[start : start + _BATCH]
                )
        except ClientError as error:
            self._explain(str(error))
            return False
        return True

    def _open(self) -> bool:
        if self._credentials is None:
            self._explain("the instance has no role")
            return False
        role_arn = self._credentials.role_arn
        place = f"{self._region}:{role_arn.split(':')[4]}:log-group:{self._group}:log-stream:{self._stream}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if not role_allows(role_arn, action, f"arn:aws:logs:{place}"):
                self._explain(f"{role_arn} is not authorized to perform: {action}")
                return False
        self._client = self._cloud.client("logs", self._credentials, self._region)
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        except ClientError as error:
            self._explain(str(error))
            return False
        return True

    def _explain(self, reason: str) -> None:
        with self._lock:
            self._append(f"localcloud: nothing is sent to the log group {self._group}: {reason}")
