"""Service Catalog's things as the API shows them."""

from collections.abc import Mapping
from typing import Any

from localcloud.services.servicecatalog.models import (
    Artifact,
    Constraint,
    LaunchPath,
    Portfolio,
    Product,
    ProvisionedProduct,
    Record,
    TagOption,
)


def tags(given: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as a list of keys and values."""
    return [{"Key": key, "Value": value} for key, value in given.items()]


def untag(given: list[dict[str, str]] | None) -> dict[str, str]:
    """Tags from a list of keys and values."""
    return {item["Key"]: item["Value"] for item in given or []}


def portfolio(shown: Portfolio) -> dict[str, Any]:
    """A PortfolioDetail."""
    return _present(
        {
            "Id": shown.id,
            "ARN": shown.arn,
            "DisplayName": shown.name,
            "Description": shown.description or None,
            "CreatedTime": shown.created,
            "ProviderName": shown.provider,
        }
    )


def product_summary(shown: Product) -> dict[str, Any]:
    """A ProductViewSummary."""
    return _present(
        {
            "Id": shown.view_id,
            "ProductId": shown.id,
            "Name": shown.name,
            "Owner": shown.owner,
            "ShortDescription": shown.description or None,
            "Type": shown.type,
            "Distributor": shown.distributor or None,
            "HasDefaultPath": False,
            "SupportEmail": shown.support_email or None,
            "SupportDescription": shown.support_description or None,
            "SupportUrl": shown.support_url or None,
        }
    )


def product(shown: Product) -> dict[str, Any]:
    """A ProductViewDetail."""
    return {
        "ProductViewSummary": product_summary(shown),
        "Status": "CREATED",
        "ProductARN": shown.arn,
        "CreatedTime": shown.created,
    }


def artifact(shown: Artifact) -> dict[str, Any]:
    """A ProvisioningArtifactDetail."""
    return _present(
        {
            "Id": shown.id,
            "Name": shown.name or None,
            "Description": shown.description or None,
            "Type": shown.type,
            "CreatedTime": shown.created,
            "Active": shown.active,
            "Guidance": shown.guidance,
        }
    )


def artifact_summary(shown: Artifact, *, with_guidance: bool = False) -> dict[str, Any]:
    """A ProvisioningArtifactSummary, or with guidance a ProvisioningArtifact."""
    summary: dict[str, Any] = {
        "Id": shown.id,
        "Name": shown.name or None,
        "Description": shown.description or None,
        "CreatedTime": shown.created,
        "Guidance": shown.guidance if with_guidance else None,
    }
    return _present(summary)


def constraint(shown: Constraint) -> dict[str, Any]:
    """A ConstraintDetail."""
    return _present(
        {
            "ConstraintId": shown.id,
            "Type": shown.type,
            "Description": shown.description or None,
            "Owner": shown.owner,
            "ProductId": shown.product_id,
            "PortfolioId": shown.portfolio_id,
        }
    )


def constraint_summary(shown: Constraint) -> dict[str, Any]:
    """A ConstraintSummary."""
    return _present({"Type": shown.type, "Description": shown.description or None})


def launch_path(shown: LaunchPath, constraints: list[Constraint]) -> dict[str, Any]:
    """A LaunchPathSummary."""
    return {
        "Id": shown.id,
        "Name": shown.portfolio.name,
        "ConstraintSummaries": [constraint_summary(item) for item in constraints],
        "Tags": tags(shown.portfolio.tags),
    }


def tag_option(shown: TagOption) -> dict[str, Any]:
    """A TagOptionDetail."""
    return {
        "Id": shown.id,
        "Key": shown.key,
        "Value": shown.value,
        "Active": shown.active,
        "Owner": shown.owner,
    }


def record(shown: Record) -> dict[str, Any]:
    """A RecordDetail."""
    return _present(
        {
            "RecordId": shown.id,
            "ProvisionedProductName": shown.provisioned_name,
            "Status": shown.status,
            "CreatedTime": shown.created,
            "UpdatedTime": shown.updated,
            "ProvisionedProductType": "CFN_STACK",
            "RecordType": shown.type,
            "ProvisionedProductId": shown.provisioned_id,
            "ProductId": shown.product_id,
            "ProvisioningArtifactId": shown.artifact_id,
            "PathId": shown.path_id,
            "RecordErrors": list(shown.errors),
            "RecordTags": tags(shown.tags),
            "LaunchRoleArn": shown.launch_role_arn,
        }
    )


def provisioned(shown: ProvisionedProduct) -> dict[str, Any]:
    """A ProvisionedProductDetail."""
    return _present(
        {
            "Name": shown.name,
            "Arn": shown.arn,
            "Type": "CFN_STACK",
            "Id": shown.id,
            "Status": shown.status,
            "StatusMessage": shown.message,
            "CreatedTime": shown.created,
            "IdempotencyToken": shown.token,
            "LastRecordId": shown.last_record,
            "LastProvisioningRecordId": shown.last_provisioning_record,
            "LastSuccessfulProvisioningRecordId": shown.last_successful_record,
            "ProductId": shown.product_id,
            "ProvisioningArtifactId": shown.artifact_id,
            "LaunchRoleArn": shown.launch_role_arn,
        }
    )


def provisioned_attribute(
    shown: ProvisionedProduct, of_product: Product | None, of_artifact: Artifact | None
) -> dict[str, Any]:
    """A ProvisionedProductAttribute, the entry of SearchProvisionedProducts."""
    detail = provisioned(shown)
    detail.pop("LaunchRoleArn", None)
    return _present(
        {
            **detail,
            "Tags": tags(shown.tags),
            "PhysicalId": shown.stack_id,
            "ProductName": of_product.name if of_product else None,
            "ProvisioningArtifactName": of_artifact.name if of_artifact else None,
            "UserArn": shown.user_arn,
            "UserArnSession": shown.user_session_arn,
        }
    )


def _present(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None}
