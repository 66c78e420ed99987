"""SageMaker: pipelines whose steps really run, jobs, the registry, endpoints that answer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:
    """Offer the control endpoint ``hosting``."""
    from localcloud.services.sagemaker.hosting.pace import pace  # noqa: PLC0415 - this package is imported by its parts

    pace(cloud)
