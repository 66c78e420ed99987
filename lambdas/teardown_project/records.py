"""Run records: what the runner wrote about a deletion."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    S3Client = Any


class Records:
    """The run records of projects, in the state bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def reason(self, project_id: str, since: datetime) -> str | None:
        """Why the latest deletion since a time failed, and where its log is; None if no record says so."""
        prefix = f"projects/{project_id}/runs/"
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                # Keys begin with the time of the run, to the second.
                Bucket=self._bucket,
                Prefix=prefix,
                StartAfter=f"{prefix}{since:%Y%m%dT%H%M%S}",
            )
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
            keys = sorted(key for key in keys if key.endswith("-destroy.json"))
            if not keys:
                return None
            record = json.loads(self._client.get_object(Bucket=self._bucket, Key=keys[-1])["Body"].read())
        except (ClientError, BotoCoreError, ValueError):
            # The stack gets CodeBuild's own words instead.
            return None
        if not record.get("reason"):
            return None
        return f"{record['reason']} Log: {record['log']['group']}, stream {record['log']['stream']}."
