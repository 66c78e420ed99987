"""Whether a project has anything that Terraform made, or may be making."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    S3Client = Any
    DynamoDBClient = Any
_HELD = ("owner", "run", "terraform.tfstate")
"""Whose project it is, the run that works on it, and Terraform's lock (service-catalog-setup/runner/lease.sh)."""


class Projects:
    """The states of projects, and what the lock table says about them."""

    def __init__(self, s3: "S3Client", dynamodb: "DynamoDBClient", bucket: str, lock_table: str) -> None:
        self._s3 = s3
        self._dynamodb = dynamodb
        self._bucket = bucket
        self._lock_table = lock_table

    def untouched(self, project_id: str) -> bool:
        """Whether no run has left more than records, and nobody holds anything: there is nothing to destroy.

        Beside the state a deletion that ended in between may have left the project's copies of what made it
        (service-catalog-setup/runner/objects.sh), which only the build removes.

        Raises:
            ClientError, BotoCoreError: it could not be looked up.

        """
        folder = f"projects/{project_id}/"
        # A handful of names: one page has them all.
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=folder, Delimiter="/")
        folders = {item["Prefix"] for item in found.get("CommonPrefixes", ())}
        if found.get("Contents") or folders - {f"{folder}runs/"}:
            return False
        return not any(self._held(f"projects/{project_id}/{name}") for name in _HELD)

    def _held(self, name: str) -> bool:
        found = self._dynamodb.get_item(
            TableName=self._lock_table, Key={"LockID": {"S": f"{self._bucket}/{name}"}}, ConsistentRead=True
        )
        return "Item" in found
