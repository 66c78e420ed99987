"""The services that the local cloud adds to moto: one package each."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

PACKAGES = (
    "s3",
    "servicecatalog",
    "sagemaker_projects",
    "cloudformation",
    "lambda_",
    "codebuild",
    "codepipeline",
    "codeconnections",
    "events",
    "sagemaker",
    "logs",
)


def load(cloud: "Cloud") -> None:
    """Import every service's operations and let those with a ``start(cloud)`` prepare themselves."""
    for name in PACKAGES:
        if (
            find_spec(f"localcloud.services.{name}") is None
            or find_spec(f"localcloud.services.{name}.responses") is None
        ):
            continue
        import_module(f"localcloud.services.{name}.responses")
        package = import_module(f"localcloud.services.{name}")
        start = getattr(package, "start", None)
        if start is not None:
            start(cloud)
