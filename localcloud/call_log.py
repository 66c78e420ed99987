"""The record of every call: who did what to which resource, and how it ended."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, TextIO


@dataclass
class Call:
    """One call of an AWS operation.

    Attributes:
        service: botocore's name of the service (``sagemaker``).
        operation: the operation's name (``CreateProject``).
        parameters: what was sent, without values that AWS's model marks as sensitive, long ones cut.
        status: HTTP status of the answer.
        error: AWS's error code, when it failed.
        authorization: what IAM is asked about it (``localcloud.authorization.questions``): the caller's
            ``policies``, and the ``authorizations``: action, resource, context and the resource's own policy.
        fault: name of the injected fault that struck it.

    """

    time: str
    principal: str
    role_arn: str | None
    account_id: str
    region: str
    service: str
    operation: str
    method: str
    path: str
    parameters: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    error: str | None = None
    fault: str | None = None
    authorization: dict[str, Any] = field(default_factory=dict)


def now() -> str:
    """The time of a call: UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class CallLog:
    """Appends calls to a file of JSON lines; keeps only counters in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._file: TextIO = path.open("w", encoding="utf-8")
        self._counts: Counter[str] = Counter()
        self._unsupported: Counter[str] = Counter()

    def write(self, call: Call) -> None:
        """Append one call."""
        line = json.dumps(asdict(call), default=str)
        with self._lock:
            if self._file.closed:  # a straggler's answer after the stop
                return
            self._counts[f"{call.service}:{call.operation}"] += 1
            self._file.write(line + "\n")
            self._file.flush()

    def unsupported(self, service: str, operation: str) -> None:
        """Count a call of an operation that the local cloud does not have."""
        with self._lock:
            self._unsupported[f"{service}:{operation}"] += 1

    def counts(self) -> dict[str, int]:
        """Number of calls per ``service:Operation``."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def unsupported_counts(self) -> dict[str, int]:
        """Number of calls per operation that the local cloud does not have."""
        with self._lock:
            return dict(sorted(self._unsupported.items()))

    def read(self) -> list[dict[str, Any]]:
        """All calls so far, oldest first."""
        with self.path.open(encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def close(self) -> None:
        """Close the file; later calls are not recorded."""
        with self._lock:
            self._file.close()
