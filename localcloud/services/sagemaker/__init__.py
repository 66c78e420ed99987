"""SageMaker: pipelines whose steps really run, jobs, the registry, endpoints that answer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:
    """Offer the control endpoints ``hosting`` and ``monitoring``."""
    # This package is imported by its parts.
    from localcloud.services.sagemaker.hosting.pace import pace  # noqa: PLC0415
    from localcloud.services.sagemaker.monitoring import run  # noqa: PLC0415
    from localcloud.services.sagemaker.store import store_of  # noqa: PLC0415

    pace(cloud)
    # The Resource Groups Tagging API asks whoever was used first, and moto would say that everything is its own.
    store_of(cloud.account_id, cloud.region)
    cloud.routes["monitoring"] = lambda request: run.control(cloud, request)
