"""Which model to deploy: a version of the project's model package group, and everything known about it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from deploy.context import Context
from deploy.errors import DeployError, NothingApprovedError


@dataclass(frozen=True)
class Package:
    """One registered model. Addresses are S3 URIs; ``promotion.py`` replaces them by the promoted copies."""

    arn: str
    version: int
    image: str
    data_url: str
    environment: dict[str, str]
    content_types: list[str]
    response_types: list[str]
    approver: str
    approval: str
    commit: str
    repository: str
    execution: str
    statistics: str | None = None
    constraints: str | None = None
    sample: str | None = None
    contract: str | None = None
    sha256: str | None = None
    features: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For ``deployment.json``."""
        return asdict(self)


def resolve(context: Context, sagemaker: Any, version: int | None) -> Package:
    """The pinned version, which must be approved, or the newest approved one.

    Raises:
        NothingApprovedError: no version is approved.
        DeployError: the version cannot be deployed; the message says why.

    """
    approved = _approved(context, sagemaker)
    if version is None and not approved:
        raise NothingApprovedError(
            f"No model in {context.model_package_group} is approved yet. Approve one in Studio, or with: aws sagemaker "
            "update-model-package --model-approval-status Approved --model-package-arn <ARN>. The pipeline then starts "
            "by itself."
        )
    number = version if version is not None else max(approved)
    if number not in approved:
        versions = ", ".join(str(one) for one in sorted(approved)) or "none"
        raise DeployError(
            f"Version {number} of {context.model_package_group} is pinned in the settings, but not approved; "
            f"approved are {versions}."
        )
    return read(sagemaker.describe_model_package(ModelPackageName=approved[number]))


def _approved(context: Context, sagemaker: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    request = {"ModelPackageGroupName": context.model_package_group, "ModelApprovalStatus": "Approved"}
    while True:
        page = sagemaker.list_model_packages(**request)
        for summary in page["ModelPackageSummaryList"]:
            found[summary["ModelPackageVersion"]] = summary["ModelPackageArn"]
        if not page.get("NextToken"):
            return found
        request["NextToken"] = page["NextToken"]


def read(described: dict[str, Any]) -> Package:
    """Read DescribeModelPackage's answer."""
    arn = described["ModelPackageArn"]
    specification = described.get("InferenceSpecification") or {}
    containers = specification.get("Containers") or []
    if len(containers) != 1 or not containers[0].get("ModelDataUrl"):
        raise DeployError(
            f"{arn} has {len(containers)} container(s) or no ModelDataUrl: this repository deploys models of one "
            "container with one model.tar.gz. Extend deploy/package.py and terraform/model.tf for others."
        )
    container = containers[0]
    notes = described.get("CustomerMetadataProperties") or {}
    origin = described.get("MetadataProperties") or {}
    baseline = (described.get("DriftCheckBaselines") or {}).get("ModelDataQuality") or {}
    return Package(
        arn=arn,
        version=described["ModelPackageVersion"],
        image=container["Image"],
        data_url=container["ModelDataUrl"],
        environment=dict(container.get("Environment") or {}),
        content_types=list(specification.get("SupportedContentTypes") or []),
        response_types=list(specification.get("SupportedResponseMIMETypes") or []),
        approver=_who(described.get("LastModifiedBy") or {}),
        approval=described.get("ApprovalDescription") or "",
        commit=notes.get("commit") or origin.get("CommitId") or "unknown",
        repository=notes.get("repository") or origin.get("Repository") or "unknown",
        execution=notes.get("pipeline_execution") or origin.get("GeneratedBy") or "unknown",
        statistics=(baseline.get("Statistics") or {}).get("S3Uri"),
        constraints=(baseline.get("Constraints") or {}).get("S3Uri"),
        sample=notes.get("sample"),
        contract=notes.get("contract"),
    )


def _who(modified: dict[str, Any]) -> str:
    identity = modified.get("IamIdentity") or {}
    return modified.get("UserProfileName") or identity.get("Arn") or identity.get("PrincipalId") or "unknown"
