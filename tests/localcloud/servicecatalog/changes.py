"""Changes of provisioned products, as their users ask for them."""

from typing import Any


def update(
    catalog: Any, record: dict[str, Any], artifact: str, parameters: dict[str, str | None]
) -> dict[str, Any]:
    """Begin an update; a parameter of None keeps its value."""
    given = [
        {"Key": key, "UsePreviousValue": True} if value is None else {"Key": key, "Value": value}
        for key, value in parameters.items()
    ]
    answer = catalog.user.update_provisioned_product(
        ProvisionedProductId=record["ProvisionedProductId"],
        ProvisioningArtifactId=artifact,
        ProvisioningParameters=given,
    )
    detail: dict[str, Any] = answer["RecordDetail"]
    return detail


def terminate(catalog: Any, provisioned_id: str, **options: Any) -> dict[str, Any]:
    """Begin a termination."""
    answer = catalog.user.terminate_provisioned_product(ProvisionedProductId=provisioned_id, **options)
    detail: dict[str, Any] = answer["RecordDetail"]
    return detail
