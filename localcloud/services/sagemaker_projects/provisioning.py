"""A project's dealings with Service Catalog, in the name of the caller."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.principals import Principal
from localcloud.services.cloudformation.inputs import forwarded
from localcloud.services.sagemaker_projects.errors import ValidationError
from localcloud.services.sagemaker_projects.project import Project
from localcloud.services.servicecatalog import catalog
from localcloud.services.servicecatalog.models import Record

NAME_PARAMETER = "SageMakerProjectName"
ID_PARAMETER = "SageMakerProjectId"

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Update:
    """What an update of a project changes.

    Attributes:
        artifact_id: the version that it has afterwards.
        parameters: keys and values that are given anew.
        tags: tags that are added.

    """

    artifact_id: str
    parameters: list[dict[str, str]]
    tags: list[dict[str, str]]


class Provisioning:
    """Service Catalog as SageMaker uses it for one caller."""

    def __init__(self, cloud: Cloud, caller: Principal, account_id: str, region: str) -> None:
        self._catalog = catalog.of(cloud, account_id, region)
        self._client = cloud.client("servicecatalog", forwarded(caller), region)

    def complete(self, project: Project) -> None:
        """Choose what was not named: the latest version, and the only launch path.

        Raises:
            ValidationError: no access, several paths, no launch constraint, or a template that is not made for
                projects.

        """
        details = project.details
        product_id = details["ProductId"]
        artifact_id = self.artifact(product_id, details.get("ProvisioningArtifactId"))
        project.details = {**details, "ProvisioningArtifactId": artifact_id}
        project.path_id = self._path(product_id, details.get("PathId"))
        self._refuse_foreign_template(project)

    def artifact(self, product_id: str, wanted: str | None) -> str:
        """The wanted version's id, or the latest one's (API reference, CreateProject and UpdateProject).

        Raises:
            ValidationError: it does not exist, is not active, or the caller has no access.

        """
        described = _asked(lambda: self._client.describe_product(Id=product_id))
        artifacts = {item["Id"]: item for item in described["ProvisioningArtifacts"]}
        if wanted is not None and wanted not in artifacts:
            raise ValidationError(f"Provisioning artifact {wanted} does not exist or access was denied")
        if wanted is not None:
            return wanted
        if not artifacts:
            raise ValidationError(f"Product {product_id} has no provisioning artifact that is active")
        return str(max(artifacts.values(), key=lambda item: item["CreatedTime"])["Id"])

    def provision(self, project: Project) -> Record:
        """Launch a project's product.

        Raises:
            ValidationError: Service Catalog refuses it.

        """
        given = {
            item["Key"]: item.get("Value", "") for item in project.details.get("ProvisioningParameters") or []
        }
        own = _own_parameters(project)
        if taken := sorted(set(given) & set(own)):
            raise ValidationError(f"{', '.join(taken)}: SageMaker gives these parameters itself; leave them out")
        answer = _asked(
            lambda: self._client.provision_product(
                ProductId=project.details["ProductId"],
                ProvisioningArtifactId=project.details["ProvisioningArtifactId"],
                PathId=project.path_id,
                ProvisionedProductName=f"{project.name}-{project.id}",
                ProvisioningParameters=[{"Key": key, "Value": value} for key, value in {**given, **own}.items()],
                Tags=_tags(project),
                ProvisionToken=str(uuid4()),
            )
        )
        return self._catalog.record(answer["RecordDetail"]["RecordId"])

    def update(self, project: Project, wanted_update: Update) -> Record:
        """Update a project's product; parameters that are not given keep their values.

        Raises:
            ValidationError: Service Catalog refuses it.

        """
        chosen = {**project.details, "ProvisioningArtifactId": wanted_update.artifact_id}
        given = {item["Key"]: item.get("Value", "") for item in wanted_update.parameters}
        own = _own_parameters(project)
        if taken := sorted(set(given) & set(own)):
            raise ValidationError(f"{', '.join(taken)}: SageMaker gives these parameters itself; leave them out")
        wanted: list[dict[str, Any]] = []
        for name in self._parameters(chosen, project.path_id):
            if name in given:
                wanted.append({"Key": name, "Value": given.pop(name)})
            elif name in own:
                wanted.append({"Key": name, "Value": own[name]})
            else:
                wanted.append({"Key": name, "UsePreviousValue": True})
        wanted += [{"Key": name, "Value": value} for name, value in given.items()]
        answer = _asked(
            lambda: self._client.update_provisioned_product(
                ProvisionedProductId=project.provisioned_id,
                ProductId=chosen["ProductId"],
                ProvisioningArtifactId=chosen["ProvisioningArtifactId"],
                PathId=project.path_id,
                ProvisioningParameters=wanted,
                UpdateToken=str(uuid4()),
                **({"Tags": wanted_update.tags} if wanted_update.tags else {}),
            )
        )
        return self._catalog.record(answer["RecordDetail"]["RecordId"])

    def terminate(self, project: Project) -> Record:
        """Terminate a project's product.

        Raises:
            ValidationError: Service Catalog refuses it.

        """
        answer = _asked(
            lambda: self._client.terminate_provisioned_product(
                ProvisionedProductId=project.provisioned_id, TerminateToken=str(uuid4())
            )
        )
        return self._catalog.record(answer["RecordDetail"]["RecordId"])

    def exists(self, project: Project) -> bool:
        """Whether the project's provisioned product is still there."""
        return project.provisioned_id in self._catalog.provisioned

    def _path(self, product_id: str, wanted: str | None) -> str:
        paths = _asked(lambda: self._client.list_launch_paths(ProductId=product_id))["LaunchPathSummaries"]
        chosen = [path for path in paths if wanted in (None, path["Id"])]
        if not chosen:
            raise ValidationError(f"Launch path {wanted} does not exist or access was denied")
        if len(chosen) > 1:
            names = ", ".join(f"{path['Id']} ({path['Name']})" for path in chosen)
            raise ValidationError(f"Product {product_id} has several launch paths: give a PathId, one of {names}")
        if not any(item["Type"] == "LAUNCH" for item in chosen[0]["ConstraintSummaries"]):
            raise ValidationError(
                f"Product {product_id} has no launch constraint in portfolio {chosen[0]['Name']}: "
                "SageMaker needs the launch role that it names"
            )
        return str(chosen[0]["Id"])

    def _refuse_foreign_template(self, project: Project) -> None:
        names = self._parameters(project.details, project.path_id)
        if missing := [name for name in (NAME_PARAMETER, ID_PARAMETER) if name not in names]:
            raise ValidationError(
                f"The template of product {project.details['ProductId']} is not one for projects: "
                f"it has no parameter {' and no parameter '.join(missing)}"
            )

    def _parameters(self, chosen: dict[str, Any], path_id: str) -> list[str]:
        form = _asked(
            lambda: self._client.describe_provisioning_parameters(
                ProductId=chosen["ProductId"],
                ProvisioningArtifactId=chosen["ProvisioningArtifactId"],
                PathId=path_id,
            )
        )
        return [item["ParameterKey"] for item in form["ProvisioningArtifactParameters"]]


def _asked(call: Callable[[], Answer]) -> Answer:
    """Service Catalog's answer; what it refuses is refused in SageMaker's name."""
    try:
        return call()
    except ClientError as error:
        raise ValidationError(error.response["Error"]["Message"]) from error


def _own_parameters(project: Project) -> dict[str, str]:
    return {NAME_PARAMETER: project.name, ID_PARAMETER: project.id}


def _tags(project: Project) -> list[dict[str, str]]:
    own = {"sagemaker:project-name": project.name, "sagemaker:project-id": project.id}
    given = {item["Key"]: item["Value"] for item in project.tags}
    return [{"Key": key, "Value": value} for key, value in {**given, **own}.items()]
