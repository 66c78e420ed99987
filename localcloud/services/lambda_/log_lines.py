"""A function's log as CloudWatch Logs shows it: the platform's lines around the function's own.

Formats: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Report:
    """What the platform says at the end; times in milliseconds, memory in megabytes."""

    request_id: str
    duration: float
    memory: int
    maximum_memory: int
    init_duration: float | None = None
    status: str | None = None
    error_type: str | None = None

    @property
    def billed(self) -> int:
        """Billed milliseconds: rounded up, the start of the environment included (as of August 2025)."""
        total = self.duration + (self.init_duration or 0.0)
        return int(total) + (total > int(total))


class TextLines:
    """Platform lines of the Text format."""

    def init_start(self, runtime: str, runtime_arn: str) -> str:
        """An environment starts."""
        version = f"{runtime.replace('python', 'python:')}.v1"
        return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {runtime_arn}"

    def start(self, request_id: str, version: str) -> str:
        """An invocation starts."""
        return f"START RequestId: {request_id} Version: {version}"

    def end(self, request_id: str) -> str:
        """An invocation is over."""
        return f"END RequestId: {request_id}"

    def timeout(self, request_id: str, seconds: float) -> str:
        """The function was ended."""
        return f"{_now()} {request_id} Task timed out after {seconds:.2f} seconds\n"

    def exited(self, request_id: str, message: str) -> str:
        """The process is gone."""
        return f"RequestId: {request_id} Error: {message}\nRuntime.ExitError"

    def report(self, report: Report) -> str:
        """What it took."""
        parts = [
            f"REPORT RequestId: {report.request_id}",
            f"Duration: {report.duration:.2f} ms",
            f"Billed Duration: {report.billed} ms",
            f"Memory Size: {report.memory} MB",
            f"Max Memory Used: {report.maximum_memory} MB",
        ]
        if report.init_duration is not None:
            parts.append(f"Init Duration: {report.init_duration:.2f} ms")
        if report.status is not None:
            parts.append(f"Status: {report.status}")
        if report.error_type is not None:
            parts.append(f"Error Type: {report.error_type}")
        return "\t".join(parts) + "\t"


class JsonLines(TextLines):
    """Platform lines of the JSON format."""

    def init_start(self, runtime: str, runtime_arn: str) -> str:
        """An environment starts."""
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": f"{runtime.replace('python', 'python:')}.v1",
            "runtimeVersionArn": runtime_arn,
        }
        return _json("platform.initStart", record)

    def start(self, request_id: str, version: str) -> str:
        """An invocation starts."""
        return _json("platform.start", {"requestId": request_id, "version": version})

    def end(self, request_id: str) -> str:  # noqa: ARG002 - the other format needs it
        """An invocation is over: the JSON format says so in the report only."""
        return ""

    def report(self, report: Report) -> str:
        """What it took."""
        metrics: dict[str, Any] = {
            "durationMs": round(report.duration, 3),
            "billedDurationMs": report.billed,
            "memorySizeMB": report.memory,
            "maxMemoryUsedMB": report.maximum_memory,
        }
        if report.init_duration is not None:
            metrics["initDurationMs"] = round(report.init_duration, 3)
        record = {"requestId": report.request_id, "metrics": metrics, "status": report.status or "success"}
        if report.error_type is not None:
            record["errorType"] = report.error_type
        return _json("platform.report", record)


def lines_for(log_format: str) -> TextLines:
    """The lines of a LoggingConfig's LogFormat."""
    return JsonLines() if log_format == "JSON" else TextLines()


def _json(kind: str, record: dict[str, Any]) -> str:
    return json.dumps({"time": _now(), "type": kind, "record": record})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
