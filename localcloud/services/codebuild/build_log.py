"""A build's log: to CloudWatch Logs while it runs, to a bucket at its end, without secrets."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.services.codebuild.build import Build

if TYPE_CHECKING:
    from localcloud.service_role import RoleLog, ServiceRole

_MASK = "***"
_SHORTEST_SECRET = 3


class BuildLog:
    """Writes lines as CodeBuild does."""

    def __init__(self, build: Build, role: "ServiceRole") -> None:
        self._build = build
        self._role = role
        self._secrets: list[str] = []
        self._lines: list[str] = []
        self._stream: RoleLog | None = None
        config = build.project.get("logsConfig") or {}
        cloud_watch = config.get("cloudWatchLogs") or {"status": "ENABLED"}
        self._bucket = config.get("s3Logs") or {"status": "DISABLED"}
        if cloud_watch["status"] == "ENABLED":
            build.log_group = cloud_watch.get("groupName") or f"/aws/codebuild/{build.project['name']}"
            prefix = cloud_watch.get("streamName")
            build.log_stream = f"{prefix}/{build.uuid}" if prefix else build.uuid
            self._stream = role.log(build.log_group, build.log_stream)

    def refusal(self) -> str | None:
        """Why the build cannot log, None when it can: CodeBuild runs no build that it cannot log."""
        reason = self._stream.refusal() if self._stream is not None else None
        if reason is None:
            return None
        return (
            f"Service role {self._role.role_arn} does not allow AWS CodeBuild to create Amazon CloudWatch Logs "
            f"log streams for build {self._build.arn}. Error message: {reason}"
        )

    def hide(self, secrets: set[str]) -> None:
        """Mask these values from now on."""
        self._secrets = sorted(
            (secret for secret in secrets if len(secret) >= _SHORTEST_SECRET), key=len, reverse=True
        )

    def line(self, text: str) -> None:
        """Write a line of a command's output."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        self._lines.append(text)
        if self._stream is not None:
            self._stream.write([text])

    def container(self, text: str) -> None:
        """Write a line of CodeBuild's own."""
        self.line(f"[Container] {datetime.now(UTC):%Y/%m/%d %H:%M:%S.%f} {text}")

    def phase_complete(self, phase: str, status: str, code: str = "", message: str = "") -> None:
        """Say how a phase ended."""
        self.container(f"Phase complete: {phase} State: {status}")
        self.container(f"Phase context status code: {code} Message: {message}")

    def save(self, report: Callable[[str], None]) -> None:
        """Put the whole log into the bucket of the project, when it has one; `report` hears of a failure."""
        if self._bucket.get("status") != "ENABLED" or not self._bucket.get("location"):
            return
        bucket, _, prefix = self._bucket["location"].removeprefix("arn:aws:s3:::").partition("/")
        key = "/".join(part for part in (prefix.strip("/"), f"{self._build.uuid}.gz") if part)
        body = gzip.compress("".join(f"{line}\n" for line in self._lines).encode(), mtime=0)
        client = self._role.client("s3")
        try:
            client.put_object(Bucket=bucket, Key=key, Body=body)
        except client.exceptions.ClientError as error:
            report(f"the log could not be written to s3://{bucket}/{key}: {error}")
