"""Model package groups and model packages."""

from datetime import datetime
from typing import Any

from localcloud.principals import Principal
from localcloud.services.sagemaker.resources import Resource, Tags, arn, now, user_context

PENDING_APPROVAL = "PendingManualApproval"
_KEPT = (
    "ModelPackageDescription", "InferenceSpecification", "SourceAlgorithmSpecification", "ValidationSpecification",
    "MetadataProperties", "ModelMetrics", "Domain", "Task", "SamplePayloadUrl", "CustomerMetadataProperties",
    "DriftCheckBaselines", "AdditionalInferenceSpecifications", "SkipModelValidation", "SourceUri",
    "SecurityConfig", "ModelCard", "ModelLifeCycle", "ModelPackageRegistrationType", "ManagedStorageType",
)  # fmt: skip


class ModelPackageGroup(Resource):
    """A model package group.

    Attributes:
        next_version: the number of the next package; none is used twice.
        policy: the resource policy that lets other accounts in.

    """

    def __init__(
        self, name: str, description: str | None, tags: Tags, caller: Principal, *, region: str, account_id: str
    ) -> None:
        super().__init__(arn(region, account_id, f"model-package-group/{name}"), tags=tags)
        self.name = name
        self.description = description
        self.created = now()
        self.created_by = user_context(caller)
        self.next_version = 1
        self.policy: str | None = None

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeModelPackageGroup, and the entry in ListModelPackageGroups."""
        return {
            "ModelPackageGroupName": self.name,
            "ModelPackageGroupArn": self.arn,
            "ModelPackageGroupDescription": self.description,
            "CreationTime": self.created,
            "CreatedBy": self.created_by,
            "ModelPackageGroupStatus": "Completed",
        }


class ModelPackage(Resource):
    """A model package: a version of a group, or one by itself with a name of its own.

    Attributes:
        group: the group of a version, else None; a version carries the group's tags.
        version: the version's number, else None.
        content: what was sent with CreateModelPackage, by the API's names.

    """

    def __init__(
        self,
        request: dict[str, Any],
        caller: Principal,
        *,
        group: ModelPackageGroup | None,
        version: int | None,
        region: str,
        account_id: str,
    ) -> None:
        name = f"{group.name}/{version}" if group is not None else request["ModelPackageName"]
        tags = group.tags if group is not None else request.get("Tags", [])
        super().__init__(arn(region, account_id, f"model-package/{name}"), tags=[dict(tag) for tag in tags])
        self.name = name
        self.group = group
        self.version = version
        self.content = {member: request[member] for member in _KEPT if request.get(member) is not None}
        self.certify = bool(request.get("CertifyForMarketplace", False))
        self.approval_status: str | None = request.get("ModelApprovalStatus")
        if group is not None and self.approval_status is None:
            self.approval_status = PENDING_APPROVAL
        self.approval_description: str | None = None
        self.created = now()
        self.created_by = user_context(caller)
        self.modified: datetime | None = None
        self.modified_by: dict[str, Any] | None = None

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeModelPackage."""
        return {
            **self.content,
            "ModelPackageName": self.name if self.group is None else None,
            "ModelPackageGroupName": self.group.name if self.group is not None else None,
            "ModelPackageVersion": self.version,
            "ModelPackageArn": self.arn,
            "CreationTime": self.created,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": self.certify,
            "ModelApprovalStatus": self.approval_status,
            "ApprovalDescription": self.approval_description,
            "CreatedBy": self.created_by,
            "LastModifiedTime": self.modified,
            "LastModifiedBy": self.modified_by,
        }

    def summary(self) -> dict[str, Any]:
        """The package's entry in ListModelPackages."""
        described = self.describe()
        members = (
            "ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn",
            "ModelPackageDescription", "CreationTime", "ModelPackageStatus", "ModelApprovalStatus",
            "ModelLifeCycle", "ModelPackageRegistrationType",
        )  # fmt: skip
        return {name: described[name] for name in members if described.get(name) is not None}

    def update(self, request: dict[str, Any], caller: Principal) -> None:
        """Apply UpdateModelPackage; what the request does not mention stays."""
        self.approval_status = request.get("ModelApprovalStatus", self.approval_status)
        self.approval_description = request.get("ApprovalDescription", self.approval_description)
        properties = dict(self.content.get("CustomerMetadataProperties", {}))
        properties.update(request.get("CustomerMetadataProperties", {}))
        for key in request.get("CustomerMetadataPropertiesToRemove", []):
            properties.pop(key, None)
        self.content["CustomerMetadataProperties"] = properties or None
        if added := request.get("AdditionalInferenceSpecificationsToAdd"):
            self.content["AdditionalInferenceSpecifications"] = [
                *self.content.get("AdditionalInferenceSpecifications", []),
                *added,
            ]
        for member in (
            "InferenceSpecification",
            "SourceUri",
            "ModelCard",
            "ModelLifeCycle",
            "ModelPackageRegistrationType",
        ):
            if member in request:
                self.content[member] = request[member]
        self.modified = now()
        self.modified_by = user_context(caller)
