"""SageMaker's operations, by subject."""

from localcloud.services.sagemaker.responses import (
    code_repositories,
    executions,
    hosting,
    jobs,
    monitoring,
    notebooks,
    pipelines,
    registry,
    runtime,
    searching,
    studio,
    tagging,
)

__all__ = [
    "code_repositories",
    "executions",
    "hosting",
    "jobs",
    "monitoring",
    "notebooks",
    "pipelines",
    "registry",
    "runtime",
    "searching",
    "studio",
    "tagging",
]
