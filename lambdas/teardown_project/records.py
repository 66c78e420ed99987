"""Run records: what the runner wrote about a build's run."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from teardown_project.builds import Build

if TYPE_CHECKING:
    S3Client = Any

_ELSEWHERE = "unknown"
"""Where the runner writes about projects that are another stack's."""


class Records:
    """The run records of projects, in the state bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def reason(self, project_id: str, build: Build) -> str | None:
        """Why the run of a build failed, and where its log is; None if no record says so."""
        try:
            record = self._of(project_id, build) or self._of(_ELSEWHERE, build)
        except (ClientError, BotoCoreError, ValueError):
            # The stack gets CodeBuild's own words instead.
            return None
        if record is None or not record.get("reason"):
            return None
        return f"{record['reason']} Log: {record['log']['group']}, stream {record['log']['stream']}."

    def _of(self, folder: str, build: Build) -> dict[str, Any] | None:
        """The record whose holder is the build; of a release that names no holder, the latest of the action."""
        prefix = f"projects/{folder}/runs/"
        pages = self._client.get_paginator("list_objects_v2").paginate(
            # Keys begin with the time of the run, to the second.
            Bucket=self._bucket,
            Prefix=prefix,
            StartAfter=f"{prefix}{build.started:%Y%m%dT%H%M%S}",
        )
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        unnamed = None
        for key in sorted((key for key in keys if key.endswith(f"-{build.action}.json")), reverse=True):
            record: dict[str, Any] = json.loads(
                self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            )
            if record.get("holder") == f"codebuild/{build.id}":
                return record
            if unnamed is None and "holder" not in record and folder != _ELSEWHERE:
                unnamed = record
        return unnamed
