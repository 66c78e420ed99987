"""SageMaker's operations on projects."""

from datetime import datetime
from typing import Any

from localcloud.responses import ActionResult, EmptyResult, LocalResponse, operations
from localcloud.services.sagemaker.resources import arn, merged_tags, user_context
from localcloud.services.sagemaker_projects import project as projects
from localcloud.services.sagemaker_projects.errors import ValidationError
from localcloud.services.sagemaker_projects.lifecycle import Lifecycle
from localcloud.services.sagemaker_projects.project import Project, Projects
from localcloud.services.sagemaker_projects.provisioning import Provisioning

_PAGE = 10
"""The page of ListProjects without MaxResults, as of SageMaker's other lists; its own is not documented."""


@operations("sagemaker")
class ProjectResponses(LocalResponse):
    """Create, describe, list, update and delete projects."""

    def create_project(self) -> ActionResult:
        """CreateProject from a Service Catalog product."""
        details = self.params.get("ServiceCatalogProvisioningDetails")
        if self.params.get("TemplateProviders"):
            raise ValidationError("The local cloud provisions projects through Service Catalog only")
        if not details:
            raise ValidationError("ServiceCatalogProvisioningDetails or TemplateProviders must be specified")
        if not details.get("ProductId"):
            raise ValidationError("ServiceCatalogProvisioningDetails needs a ProductId")
        name = self.params["ProjectName"]
        made = Project(
            arn=arn(self.region, self.current_account, f"project/{name}"),
            id=projects.new_id(),
            name=name,
            description=self.params.get("ProjectDescription"),
            details=details,
            created_by=user_context(self.caller),
            modified_by=user_context(self.caller),
            tags=merged_tags([], self.params.get("Tags") or []),
        )
        self._lifecycle.create(made)
        return ActionResult({"ProjectArn": made.arn, "ProjectId": made.id})

    def describe_project(self) -> ActionResult:
        """DescribeProject."""
        found = self._projects.find(self.params["ProjectName"])
        answer: dict[str, Any] = {
            **_summary(found),
            "ServiceCatalogProvisioningDetails": found.details,
            "CreatedBy": found.created_by,
            "LastModifiedBy": found.modified_by,
            "LastModifiedTime": found.modified,
        }
        provisioned = {
            "ProvisionedProductId": found.provisioned_id,
            "ProvisionedProductStatusMessage": found.message,
        }
        if any(provisioned.values()):
            answer["ServiceCatalogProvisionedProductDetails"] = {
                key: value for key, value in provisioned.items() if value is not None
            }
        return ActionResult(answer)

    def list_projects(self) -> ActionResult:
        """ListProjects, by creation time unless told otherwise."""
        contained = (self.params.get("NameContains") or "").lower()
        after, before = self.params.get("CreationTimeAfter"), self.params.get("CreationTimeBefore")
        found = [item for item in self._projects.every() if contained in item.name.lower()]
        found = [item for item in found if _within(item.created, after, before)]
        by_name = self.params.get("SortBy") == "Name"
        found.sort(
            key=lambda item: item.name.lower() if by_name else item.created.isoformat(),
            reverse=(self.params.get("SortOrder") or "Ascending") == "Descending",
        )
        token = self.params.get("NextToken")
        if token and not token.isdecimal():
            raise ValidationError("The NextToken is not valid")
        start = int(token or 0)
        end = start + (self.params.get("MaxResults") or _PAGE)
        answer: dict[str, Any] = {"ProjectSummaryList": [_summary(item) for item in found[start:end]]}
        if end < len(found):
            answer["NextToken"] = str(end)
        return ActionResult(answer)

    def update_project(self) -> ActionResult:
        """UpdateProject: the description at once; version, parameters and tags through Service Catalog."""
        found = self._projects.find(self.params["ProjectName"])
        if found.status == projects.GONE:
            raise ValidationError(f"Project {found.name} does not exist")
        if self.params.get("TemplateProvidersToUpdate"):
            raise ValidationError("The local cloud provisions projects through Service Catalog only")
        details = self.params.get("ServiceCatalogProvisioningUpdateDetails")
        tags = self.params.get("Tags") or []
        if details is not None or tags:
            self._lifecycle.update(found, details, tags)
        if self.params.get("ProjectDescription") is not None:
            found.description = self.params["ProjectDescription"]
        found.modified_by = user_context(self.caller)
        return ActionResult({"ProjectArn": found.arn})

    def delete_project(self) -> ActionResult:
        """DeleteProject: its provisioned product is terminated."""
        self._lifecycle.delete(self._projects.find(self.params["ProjectName"]))
        return EmptyResult()

    @property
    def _projects(self) -> Projects:
        return projects.of(self.cloud, self.current_account, self.region)

    @property
    def _lifecycle(self) -> Lifecycle:
        provisioning = Provisioning(self.cloud, self.caller, self.current_account, self.region)
        return Lifecycle(self.cloud, self._projects, provisioning)


def _summary(shown: Project) -> dict[str, Any]:
    summary = {
        "ProjectName": shown.name,
        "ProjectDescription": shown.description,
        "ProjectArn": shown.arn,
        "ProjectId": shown.id,
        "CreationTime": shown.created,
        "ProjectStatus": shown.status,
    }
    return {key: value for key, value in summary.items() if value is not None}


def _within(time: datetime, after: datetime | None, before: datetime | None) -> bool:
    return (after is None or time > after) and (before is None or time < before)
