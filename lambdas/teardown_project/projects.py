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
        """Whether no run has left a state, and nobody holds anything: then there is nothing to destroy.

        Raises:
            ClientError, BotoCoreError: it could not be looked up.

        """
        key = f"projects/{project_id}/terraform.tfstate"
        if self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1).get("Contents"):
            return False
        return not any(self._held(f"projects/{project_id}/{name}") for name in _HELD)

    def _held(self, name: str) -> bool:
        found = self._dynamodb.get_item(
            TableName=self._lock_table, Key={"LockID": {"S": f"{self._bucket}/{name}"}}, ConsistentRead=True
        )
        return "Item" in found
