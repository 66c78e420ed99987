"""What an action gets to work with."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.service_role import ServiceRole
from localcloud.services.codebuild.build import Location
from localcloud.services.codepipeline.records import ActionExecution, Execution

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_PIPELINE_CHARACTERS = 20
_ARTIFACT_CHARACTERS = 10


class ActionFailedError(Exception):
    """The action failed; `code` is one of CodePipeline's (JobFailed, ConfigurationError, PermissionError)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class AbandonedError(Exception):
    """The execution was stopped without waiting for the action."""


@dataclass(frozen=True)
class ActionContext:
    """One action execution and its surroundings."""

    cloud: "Cloud"
    region: str
    account_id: str
    execution: Execution
    record: ActionExecution
    role: ServiceRole

    @property
    def configuration(self) -> dict[str, str]:
        """The action's configuration, variables resolved."""
        return self.record.configuration

    def new_location(self, artifact: str) -> Location:
        """Where an output artifact goes: CodePipeline cuts both names."""
        store = self._store()
        folder = self.execution.name[:_PIPELINE_CHARACTERS]
        key = f"{folder}/{artifact[:_ARTIFACT_CHARACTERS]}/{secrets.token_urlsafe(5)}"
        return Location(store["location"], key, store.get("encryptionKey", {}).get("id"))

    def check_store(self, location: Location, action: str) -> None:
        """Refuse a role that may not use the artifact bucket, as S3 would."""
        if not self.role.allows(action, location.arn):
            bucket = self._store()["location"]
            raise ActionFailedError(
                "PermissionError",
                "The service role or action role doesn't have the permissions required to access the Amazon "
                f"S3 bucket named {bucket}. Update the IAM role permissions, and then try again. Error: "
                f"Amazon S3:AccessDenied:{self.role.denial(action, f'arn:aws:s3:::{bucket}')}",
            )

    def _store(self) -> dict[str, Any]:
        pipeline = self.execution.pipeline
        store: dict[str, Any] = pipeline.get("artifactStore") or pipeline["artifactStores"][self.region]
        return store
