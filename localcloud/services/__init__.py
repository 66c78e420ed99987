"""The services that the local cloud adds to moto: one package each."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

PACKAGES = (
    "s3",
    "sts",
    "servicecatalog",
    "sagemaker_projects",
    "ec2",
    "cloudformation",
    "lambda_",
    "codebuild",
    "codepipeline",
    "codeconnections",
    "events",
    "cloudwatch",
    "applicationautoscaling",
    "sagemaker",
    "logs",
    "rds",
    "ssm",
)


def load(cloud: "Cloud") -> None:
    """Import every service's operations and let those with a ``start(cloud)`` prepare themselves."""
    for name in PACKAGES:
        import_module(f"localcloud.services.{name}.responses")
        package = import_module(f"localcloud.services.{name}")
        start = getattr(package, "start", None)
        if start is not None:
            start(cloud)
