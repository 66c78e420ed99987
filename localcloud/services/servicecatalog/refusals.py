"""What is refused before a launch, an update or a termination is started."""

import json
from collections.abc import Mapping
from typing import Any

from localcloud.services.servicecatalog.errors import InvalidParametersError, ResourceNotFoundError
from localcloud.services.servicecatalog.models import Artifact, Constraint, Product, ProvisionedProduct


def inactive(artifact: Artifact) -> None:
    """Refuse a version that is not active.

    Raises:
        ResourceNotFoundError: it is not.

    """
    if not artifact.active:
        raise ResourceNotFoundError(f"Provisioning artifact {artifact.id} is not active: it cannot be launched.")


def deprecated(artifact: Artifact) -> None:
    """Refuse to launch a deprecated version (API reference, UpdateProvisioningArtifact, Guidance).

    Raises:
        InvalidParametersError: it is deprecated.

    """
    if artifact.guidance == "DEPRECATED":
        raise InvalidParametersError(
            f"Provisioning artifact {artifact.id} ({artifact.name}) is deprecated: existing products may be "
            "updated to it, new ones are launched from another version."
        )


def busy(provisioned: ProvisionedProduct) -> None:
    """Refuse a change while another runs.

    Raises:
        InvalidParametersError: one does.

    """
    if provisioned.status == "UNDER_CHANGE":
        raise InvalidParametersError(f"Provisioned product {provisioned.id} is being changed: try again later.")


def tag_update(product: Product, constraints: list[Constraint]) -> None:
    """Refuse other tags unless a constraint allows them (API reference, UpdateProvisionedProduct, Tags).

    Raises:
        InvalidParametersError: none does.

    """
    wanted = [json.loads(item.parameters) for item in constraints if item.type == "RESOURCE_UPDATE"]
    if not any(item.get("Properties", {}).get("TagUpdateOnProvisionedProduct") == "ALLOWED" for item in wanted):
        raise InvalidParametersError(
            f"Product {product.id} has no RESOURCE_UPDATE constraint that allows updates of tags."
        )


def rules(constraints: list[Constraint]) -> list[Mapping[str, Any]]:
    """The ``Rules`` sections of template constraints."""
    return [json.loads(item.parameters).get("Rules") or {} for item in constraints if item.type == "TEMPLATE"]
