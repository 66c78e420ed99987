"""Where SageMaker's resources are kept: one store per account and region, as moto keeps its own."""

from collections.abc import Iterator
from threading import RLock
from typing import TYPE_CHECKING

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.resources import Resource

if TYPE_CHECKING:
    from localcloud.services.sagemaker.code_repositories import CodeRepository
    from localcloud.services.sagemaker.hosting.endpoint import Endpoint
    from localcloud.services.sagemaker.hosting.endpoint_config import EndpointConfig
    from localcloud.services.sagemaker.hosting.model import Model
    from localcloud.services.sagemaker.hosting.transform import TransformJob
    from localcloud.services.sagemaker.jobs.job import Job
    from localcloud.services.sagemaker.monitoring.schedule import JobDefinition, MonitoringSchedule
    from localcloud.services.sagemaker.pipelines.cache import CachedStep
    from localcloud.services.sagemaker.pipelines.execution import Execution
    from localcloud.services.sagemaker.pipelines.pipeline import Pipeline
    from localcloud.services.sagemaker.registry.model_package import ModelPackage, ModelPackageGroup
    from localcloud.services.sagemaker.studio import Domain, UserProfile
    from localcloud.services.sagemaker_projects.project import Project

# The last-but-one part of an ARN (`…:pipeline/name`) and the store's attribute that holds such resources.
_KINDS = {
    "pipeline": "pipelines",
    "processing-job": "processing_jobs",
    "training-job": "training_jobs",
    "model-package-group": "model_package_groups",
    "model-package": "model_packages",
    "code-repository": "code_repositories",
    "project": "projects",
    "model": "models",
    "endpoint-config": "endpoint_configs",
    "endpoint": "endpoints",
    "transform-job": "transform_jobs",
    "monitoring-schedule": "monitoring_schedules",
    "data-quality-job-definition": "data_quality_job_definitions",
    "domain": "domains",
    "user-profile": "user_profiles",
}


class SageMakerStore(BaseBackend, TaggableResourcesMixin):
    """SageMaker's resources of one account and region.

    It is a moto backend, so that moto's reset empties it and the Resource Groups Tagging API finds what it holds.
    ``lock`` guards what several threads change.
    """

    SERVICE_NAMESPACE = "sagemaker"

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = RLock()
        self.pipelines: dict[str, Pipeline] = {}
        self.executions: dict[str, Execution] = {}
        self.cached_steps: dict[str, CachedStep] = {}
        self.processing_jobs: dict[str, Job] = {}
        self.training_jobs: dict[str, Job] = {}
        self.model_package_groups: dict[str, ModelPackageGroup] = {}
        self.model_packages: dict[str, ModelPackage] = {}
        self.model_package_tokens: dict[str, str] = {}
        self.code_repositories: dict[str, CodeRepository] = {}
        self.projects: dict[str, Project] = {}
        self.models: dict[str, Model] = {}
        self.endpoint_configs: dict[str, EndpointConfig] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.transform_jobs: dict[str, TransformJob] = {}
        self.monitoring_schedules: dict[str, MonitoringSchedule] = {}
        self.data_quality_job_definitions: dict[str, JobDefinition] = {}
        self.domains: dict[str, Domain] = {}
        self.user_profiles: dict[str, UserProfile] = {}
        self.projects_enabled = False

    def of_kind(self, kind: str) -> dict[str, Resource]:
        """All resources of a kind (``pipeline``, ``processing-job``, …) by their keys."""
        resources: dict[str, Resource] = getattr(self, _KINDS[kind])
        return resources

    def find(self, arn: str) -> Resource | None:
        """The resource with this ARN; None when this store does not keep such resources.

        Raises:
            ValidationError: the kind of resource is kept here, but not this one.

        """
        parts = arn.split(":", 5)
        kind = parts[5].split("/", 1)[0] if len(parts) == 6 else ""
        if "/execution/" in arn and kind == "pipeline":
            found: Resource | None = self.executions.get(arn)
        elif kind in _KINDS:
            found = next((item for item in list(self.of_kind(kind).values()) if item.arn == arn), None)
        else:
            return None
        if found is None:
            raise ValidationError(f"Could not find resource with ARN {arn}")
        return found

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Every resource with its tags, for the Resource Groups Tagging API."""
        for kind in _KINDS:
            for item in list(self.of_kind(kind).values()):
                yield _tagged(item, kind)
        for execution in list(self.executions.values()):
            yield _tagged(execution, "pipeline-execution")

    def owns_arn(self, arn: str) -> bool:
        """Whether this store keeps the resource, so that moto does not look for it."""
        if not arn.startswith(f"arn:{self.partition}:sagemaker:{self.region_name}:{self.account_id}:"):
            return False
        return arn.split(":", 5)[5].split("/", 1)[0] in _KINDS

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Set tags, for the Resource Groups Tagging API."""
        if (resource := self.find(arn)) is not None:
            resource.add_tags([{"Key": key, "Value": value} for key, value in tags.items()])

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags, for the Resource Groups Tagging API."""
        if (resource := self.find(arn)) is not None:
            resource.remove_tags(tag_keys)


def _tagged(resource: Resource, kind: str) -> TaggedResource:
    tags = {tag["Key"]: tag["Value"] for tag in resource.tags}
    return TaggedResource(arn=resource.arn, tags=tags, resource_type=f"sagemaker:{kind}")


_stores = BackendDict(SageMakerStore, "sagemaker")


def store_of(account_id: str, region: str) -> SageMakerStore:
    """The store of an account and region."""
    store: SageMakerStore = _stores[account_id][region]
    return store
