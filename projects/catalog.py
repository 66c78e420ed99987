"""What Service Catalog knows: provisioned products, and the releases that a product offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from projects.platform import Platform
from release.version import Version, VersionError


@dataclass(frozen=True)
class Provisioned:
    """A provisioned product.

    Attributes:
        stack: ARN of its CloudFormation stack; None before there is one.
        artifact: name of its version, which is a release of the platform for the products of package 1.

    """

    id: str
    name: str
    status: str
    message: str | None
    product_id: str
    product: str
    artifact: str | None
    stack: str | None


@dataclass(frozen=True)
class Offered:
    """A release that a product offers."""

    version: str
    deprecated: bool


def provisioned(platform: Platform) -> dict[str, Provisioned]:
    """All provisioned products of the account, by id."""
    found = _pages(
        platform.client("servicecatalog").search_provisioned_products,
        "ProvisionedProducts",
        AccessLevelFilter={"Key": "Account", "Value": "self"},
        PageSize=100,
    )
    return {item["Id"]: _provisioned(item) for item in found}


def offered(platform: Platform, product_id: str) -> list[Offered]:
    """The releases that a product offers, oldest first; nothing if it is gone."""
    client = platform.client("servicecatalog")
    try:
        found = list(
            _pages(client.list_provisioning_artifacts, "ProvisioningArtifactDetails", ProductId=product_id)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise
    offers = [
        Offered(item["Name"], item.get("Guidance") == "DEPRECATED")
        for item in found
        if item.get("Active", True) and _is_release(item.get("Name", ""))
    ]
    return sorted(offers, key=lambda offer: Version(offer.version))


def _provisioned(item: dict[str, Any]) -> Provisioned:
    return Provisioned(
        id=item["Id"],
        name=item.get("Name", ""),
        status=item["Status"],
        message=item.get("StatusMessage"),
        product_id=item.get("ProductId", ""),
        product=item.get("ProductName", ""),
        artifact=item.get("ProvisioningArtifactName"),
        stack=item.get("PhysicalId"),
    )


def _is_release(name: str) -> bool:
    # The artifact that holds a product open is named "none" (docs/adr/0010).
    try:
        Version(name)
    except VersionError:
        return False
    return True


def _pages(operation: Any, member: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """All items of an operation that botocore cannot paginate."""
    token: str | None = None
    while True:
        answer = operation(**arguments, **({"PageToken": token} if token else {}))
        yield from answer.get(member, [])
        token = answer.get("NextPageToken")
        if not token:
            return
