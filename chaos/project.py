"""One project, in the hands of a data scientist who asks for things and waits."""

import base64
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from botocore.exceptions import ClientError

from chaos import evidence
from chaos.faults import no_deliveries
from chaos.releases import ADDITION
from chaos.room import OWNER, TEARDOWN, Room

_PAUSE_SECONDS = 0.5
_LONGEST_SECONDS = 900.0
"""Of one operation, before it counts as one that never ends: a creation takes a minute and a half when nobody else
is at work, and machines are shared."""
_BUSY = ("Pending", "CreateInProgress", "UpdateInProgress", "DeleteInProgress")


class StuckError(Exception):
    """An operation did not come to its end."""


class Project:
    """A project by its name; its id changes when it is created again.

    Attributes:
        identifier: SageMaker's id; empty before the first creation.
        status: how the last operation has ended.
        message: what ``describe-project`` says about that.
        product: the provisioned product's id.
        release: the one that it was last asked to be on; None where it takes what it is given.

    """

    def __init__(self, room: Room, name: str) -> None:
        self.room = room
        self.name = name
        self.repository = f"{OWNER}/{name}"
        self.identifier = ""
        self.status = ""
        self.message = ""
        self.product = ""
        self.release = room.releases[0] if room.releases else None
        self._asked_at = 0

    @property
    def prefix(self) -> str:
        """Beginning of the names of what it owns."""
        return f"ml-{self.identifier}"

    @property
    def bucket(self) -> str:
        """Its artifact bucket."""
        return f"{self.prefix}-{self.room.account}-{self.room.region}"

    @property
    def sagemaker_name(self) -> str:
        """Name of its SageMaker pipeline and of its model package group."""
        return f"{self.name}-{self.identifier}"

    @property
    def stack(self) -> str:
        """Name of its stack."""
        return f"SC-{self.room.account}-{self.product}"

    @property
    def state_key(self) -> str:
        """Where its state is."""
        return f"projects/{self.identifier}/{evidence.STATE}"

    def lock_item(self, name: str) -> str:
        """The key of an item of the lock table."""
        return f"{self.room.state_bucket}/projects/{self.identifier}/{name}"

    @property
    def addition(self) -> str:
        """Name of the log group that only the second release makes."""
        return f"/aws/codebuild/{self.prefix}-{ADDITION}"

    def has_addition(self) -> bool:
        """Whether that log group is there."""
        found = self.room.engineer("logs").describe_log_groups(logGroupNamePrefix=self.addition)["logGroups"]
        return bool(found)

    def create(self, **values: str) -> None:
        """Ask for it."""
        parameters = {"GitRepoName": self.repository} | values
        self.release = self.room.releases[0] if self.room.releases else None
        answer = self.room.scientist("sagemaker").create_project(
            ProjectName=self.name,
            ServiceCatalogProvisioningDetails={
                "ProductId": self.room.product,
                **self._artifact(),
                "ProvisioningParameters": [{"Key": key, "Value": value} for key, value in parameters.items()],
            },
        )
        self.identifier, self._asked_at = answer["ProjectId"], 0
        # Its model is not what is looked at, and would take most of the processor.
        self.room.control.add(no_deliveries(self.identifier))

    def update(self, *, release: str | None = None, **values: str) -> None:
        """Ask for other values of the form, and perhaps for another release than before."""
        self.release = release or self.release
        self._asked_at = len(evidence.records(self.room, self.identifier))
        self.room.scientist("sagemaker").update_project(
            ProjectName=self.name,
            ServiceCatalogProvisioningUpdateDetails={
                **self._artifact(),
                "ProvisioningParameters": [{"Key": key, "Value": value} for key, value in values.items()],
            },
        )

    def _artifact(self) -> dict[str, str]:
        """The release by its id; without one the newest is taken."""
        return {"ProvisioningArtifactId": self.room.artifacts[self.release]} if self.release else {}

    def delete(self) -> None:
        """Ask for its end."""
        self._asked_at = len(evidence.records(self.room, self.identifier))
        self.room.scientist("sagemaker").delete_project(ProjectName=self.name)

    def wait(self, meanwhile: Callable[[], object] = lambda: None) -> str:
        """Wait for the end of what was asked for; its status.

        Args:
            meanwhile: called again and again.

        Raises:
            StuckError: there is none.

        """
        deadline = monotonic() + _LONGEST_SECONDS
        while True:
            found = self.room.engineer("sagemaker").describe_project(ProjectName=self.name)
            details = found.get("ServiceCatalogProvisionedProductDetails", {})
            self.product = details.get("ProvisionedProductId", self.product)
            self.status = found["ProjectStatus"]
            if self.status not in _BUSY:
                self.message = str(details.get("ProvisionedProductStatusMessage", ""))
                return self.status
            meanwhile()
            if monotonic() > deadline:
                raise StuckError(f"still {self.status} after {_LONGEST_SECONDS:.0f} seconds")
            sleep(_PAUSE_SECONDS)

    @staticmethod
    def pause() -> None:
        """Wait a moment."""
        sleep(_PAUSE_SECONDS)

    def reason(self) -> str:
        """Why it failed: what ``describe-project`` says, and the records that came since."""
        since = evidence.records(self.room, self.identifier)[self._asked_at :]
        reasons = [str(record["reason"]) for record in since if record.get("reason")]
        return " | ".join([part for part in (self.message,) if part] + reasons)

    def stack_status(self) -> str:
        """The status of its stack."""
        try:
            found = self.room.engineer("cloudformation").describe_stacks(StackName=self.stack)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return "DELETE_COMPLETE"
            raise
        return str(found["Stacks"][0]["StackStatus"])

    def archives(self) -> bool:
        """Whether its repository is to be archived, as its function knows: what the campaign's updates change."""
        found = self.room.engineer("lambda").get_function_configuration(FunctionName=f"{self.prefix}-seed")
        return "SEED_ARCHIVE_REPOSITORY" in found.get("Environment", {}).get("Variables", {})

    def branch(self) -> str:
        """The branch that its CodePipeline pipeline follows."""
        found = self.room.engineer("codepipeline").get_pipeline(name=f"{self.prefix}-build")["pipeline"]
        return str(found["stages"][0]["actions"][0]["configuration"]["BranchName"])

    def has_pipeline(self) -> bool:
        """Whether its CodePipeline pipeline stands, which a deletion removes first."""
        found = self.room.engineer("codepipeline").list_pipelines()["pipelines"]
        return any(one["name"] == f"{self.prefix}-build" for one in found)

    def applied(self) -> dict[str, str]:
        """The record of what was applied last."""
        answer = self.room.engineer("s3").get_object(
            Bucket=self.room.state_bucket, Key=f"projects/{self.identifier}/applied"
        )
        lines = answer["Body"].read().decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def start_build(self, action: str) -> str:
        """Start the build of package 1 with what was applied last, as ``make drift`` does; the build's id."""
        applied = self.applied()
        values = {
            "ACTION": action,
            "RUNNER_SHA256": applied["runner_sha256"],
            "SETTINGS_SHA256": applied["settings_sha256"],
            "PARAMETERS": applied["parameters"],
        }
        started = self.room.engineer("codebuild").start_build(
            projectName=TEARDOWN,
            environmentVariablesOverride=[{"name": key, "value": value} for key, value in values.items()],
        )
        return str(started["build"]["id"])

    def builds(self) -> list[dict[str, Any]]:
        """The builds of package 1 for this project, newest first."""
        codebuild = self.room.engineer("codebuild")
        ids = codebuild.list_builds_for_project(projectName=TEARDOWN)["ids"]
        found = codebuild.batch_get_builds(ids=ids[:100])["builds"] if ids else []
        wanted = self.identifier
        return [build for build in found if wanted in _project_of(build)]


def _project_of(build: dict[str, Any]) -> str:
    values = {one["name"]: one["value"] for one in build["environment"]["environmentVariables"]}
    for word in values.get("PARAMETERS", "").split():
        name, _, value = word.partition("=")
        if name == "SageMakerProjectId":
            return base64.b64decode(value).decode()
    return ""
