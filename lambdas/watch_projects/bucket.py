"""What the state bucket says about projects."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from watch_projects.applied import Applied
from watch_projects.errors import UsageUnknown
from watch_projects.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    S3Client = Any

_PROJECTS = "projects/"
_TERRAFORMS = {"objects/", "releases/"}
"""What package 1 itself puts there, and removes."""
_ABSENT = ("NoSuchKey", "404")


@dataclass(frozen=True)
class Unreadable:
    """A record that is there but cannot be understood."""

    why: str


class StateBucket:
    """The bucket, read only."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self.name = bucket

    def installation(self, key: str) -> Installation:
        """What package 1 offers to whom.

        Raises:
            UsageUnknown: the object is not there, or is not what package 1 writes.

        """
        text = self._get(key)
        if text is None:
            raise UsageUnknown(
                f"s3://{self.name}/{key}, which says what is installed, is missing. Apply package 1."
            )
        try:
            return Installation.model_validate_json(text)
        except ValidationError as error:
            raise UsageUnknown(
                f"s3://{self.name}/{key}, which says what is installed, is damaged: {error}"
            ) from None

    def project_ids(self) -> list[str]:
        """Ids of all projects that ever had a run, in order.

        Raises:
            UsageUnknown: the bucket cannot be listed.

        """
        return sorted(prefix.removeprefix(_PROJECTS).rstrip("/") for prefix in self._folders(_PROJECTS))

    def applied(self, project_id: str) -> Applied | Unreadable | None:
        """The record of the last apply; None for a project that has none.

        Raises:
            UsageUnknown: it cannot be fetched.

        """
        text = self._get(f"{_PROJECTS}{project_id}/applied")
        if text is None:
            return None
        try:
            return Applied.read(text)
        except ValidationError as error:
            missing = ", ".join(str(fault["loc"][0]) for fault in error.errors() if fault["loc"])
            return Unreadable(f"s3://{self.name}/{_PROJECTS}{project_id}/applied cannot be read: {missing}")

    def has_resources(self, project_id: str) -> bool:
        """Whether the project's state holds anything that Terraform made. One that cannot be understood does.

        Raises:
            UsageUnknown: it cannot be fetched.

        """
        text = self._get(f"{_PROJECTS}{project_id}/terraform.tfstate")
        if text is None:
            return False
        try:
            resources = json.loads(text)["resources"]
            return any(resource.get("mode") == "managed" for resource in resources)
        except (ValueError, LookupError, TypeError, AttributeError):
            return True

    def leftovers(self) -> list[str]:
        """Folders and files that package 1 did not put there, old versions included.

        Raises:
            UsageUnknown: the bucket cannot be listed.

        """
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self.name, Delimiter="/")
        found = self._ask(
            lambda: {
                item["Prefix"] if kind == "CommonPrefixes" else item["Key"]
                for page in pages
                for kind in ("CommonPrefixes", "Versions", "DeleteMarkers")
                for item in page.get(kind, [])
            }
        )
        return sorted(found - _TERRAFORMS)

    def _folders(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, Delimiter="/"
        )
        return self._ask(lambda: [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])])

    def _get(self, key: str) -> str | None:
        try:
            return str(
                self._client.get_object(Bucket=self.name, Key=key)["Body"].read().decode("utf-8", "replace")
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise UsageUnknown(f"s3://{self.name}/{key} cannot be read: {error}") from error
        except BotoCoreError as error:
            raise UsageUnknown(f"s3://{self.name}/{key} cannot be read: {error}") from error

    def _ask(self, call: "Callable[[], Any]") -> Any:
        try:
            return call()
        except (ClientError, BotoCoreError) as error:
            raise UsageUnknown(f"The state bucket {self.name} cannot be listed: {error}") from error
