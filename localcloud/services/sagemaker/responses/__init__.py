"""SageMaker's operations, by subject."""

from localcloud.services.sagemaker.responses import (
    code_repositories,
    executions,
    hosting,
    jobs,
    monitoring,
    pipelines,
    registry,
    runtime,
    searching,
    tagging,
)

__all__ = [
    "code_repositories",
    "executions",
    "hosting",
    "jobs",
    "monitoring",
    "pipelines",
    "registry",
    "runtime",
    "searching",
    "tagging",
]
