"""A project's life: what starts at once, and what ends in the background."""

from collections.abc import Callable
from time import sleep
from typing import Any

from localcloud.cloud import Cloud
from localcloud.services.sagemaker_projects.errors import ConflictError, ValidationError
from localcloud.services.sagemaker_projects.project import GONE, Project, Projects
from localcloud.services.sagemaker_projects.provisioning import Provisioning, Update
from localcloud.services.servicecatalog.models import Record

_POLL_SECONDS = 0.1


class Lifecycle:
    """Creation, update and deletion of projects for one caller."""

    def __init__(self, cloud: Cloud, projects: Projects, provisioning: Provisioning) -> None:
        self._cloud = cloud
        self._projects = projects
        self._provisioning = provisioning

    def create(self, project: Project) -> None:
        """Start a project.

        Raises:
            ValidationError: its name is taken, or Service Catalog refuses it; the project does not exist then.

        """
        self._projects.refuse_name(project.name)
        self._provisioning.complete(project)
        self._projects.add(project)
        try:
            record = self._provisioning.provision(project)
        except Exception:
            self._projects.discard(project)
            raise
        project.provisioned_id = record.provisioned_id
        self._follow(
            project, record, "Create", "Provisioning failed with error", lambda: project.become("CreateCompleted")
        )

    def update(self, project: Project, details: dict[str, Any] | None, tags: list[dict[str, str]]) -> None:
        """Start an update.

        Args:
            project: the project.
            details: its ServiceCatalogProvisioningUpdateDetails: without a version the latest is taken; None when
                only tags change.
            tags: tags to be added.

        Raises:
            ConflictError: the project is busy.
            ValidationError: Service Catalog refuses it.

        """
        with self._projects.lock:
            self._refuse_busy(project)
            if project.provisioned_id is None or project.status == GONE:
                raise ValidationError(f"Project {project.name} has no provisioned product that could be updated")
            before = (project.status, project.message)
            project.become("UpdateInProgress")
        parameters: list[dict[str, str]] = (details or {}).get("ProvisioningParameters") or []
        try:
            artifact_id = project.details["ProvisioningArtifactId"]
            if details is not None:
                product_id, wanted = project.details["ProductId"], details.get("ProvisioningArtifactId")
                artifact_id = self._provisioning.artifact(product_id, wanted)
            record = self._provisioning.update(project, Update(artifact_id, parameters, tags))
        except Exception:
            project.become(*before)
            raise

        def succeeded() -> None:
            old = {item["Key"]: item["Value"] for item in project.details.get("ProvisioningParameters") or []}
            new = {item["Key"]: item.get("Value", "") for item in parameters}
            project.details = {
                **project.details,
                "ProvisioningArtifactId": record.artifact_id,
                "ProvisioningParameters": [{"Key": key, "Value": value} for key, value in {**old, **new}.items()],
            }
            project.add_tags(tags)
            project.become("UpdateCompleted")

        self._follow(project, record, "Update", "Update failed with error", succeeded)

    def delete(self, project: Project) -> None:
        """Start a deletion.

        Raises:
            ConflictError: the project is busy.
            ValidationError: Service Catalog refuses it.

        """
        with self._projects.lock:
            if project.status == GONE:
                raise ValidationError(f"Project {project.name} does not exist")
            self._refuse_busy(project)
            before = (project.status, project.message)
            project.become("DeleteInProgress")
        if not self._provisioning.exists(project):
            # Somebody has terminated the provisioned product in Service Catalog already.
            self._projects.deleted(project)
            return
        try:
            record = self._provisioning.terminate(project)
        except Exception:
            project.become(*before)
            raise
        self._follow(
            project, record, "Delete", "Termination failed with error", lambda: self._projects.deleted(project)
        )

    @staticmethod
    def _refuse_busy(project: Project) -> None:
        if project.busy:
            raise ConflictError(f"Project {project.name} is in state {project.status}: wait until that has ended")

    def _follow(
        self, project: Project, record: Record, verb: str, failure: str, succeeded: Callable[[], None]
    ) -> None:
        def run() -> None:
            project.become(f"{verb}InProgress")
            while record.status not in ("SUCCEEDED", "FAILED"):
                if self._cloud.stopping:
                    return
                sleep(_POLL_SECONDS)
            if record.status == "FAILED":
                reasons = "; ".join(error["Description"] for error in record.errors)
                project.become(f"{verb}Failed", f"Client error: {failure}: {reasons}")
                return
            succeeded()

        self._cloud.spawn(f"project-{verb.lower()}-{project.name}", run)
