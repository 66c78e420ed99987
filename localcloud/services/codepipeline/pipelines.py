"""The pipelines of one account and region: definitions, versions, tags, executions."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from localcloud.responses import ServiceError
from localcloud.services.codepipeline import structure
from localcloud.services.codepipeline.gates import Gate
from localcloud.services.codepipeline.records import ActionExecution, Execution, StageExecution

_MAXIMUM_TAGS = 50


@dataclass
class Pipeline:
    """One pipeline."""

    arn: str
    versions: list[dict[str, Any]]
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    tags: dict[str, str] = field(default_factory=dict)
    executions: OrderedDict[str, Execution] = field(default_factory=OrderedDict)
    gates: dict[str, Gate] = field(default_factory=dict)
    latest_stages: dict[str, StageExecution] = field(default_factory=dict)
    latest_actions: dict[tuple[str, str], ActionExecution] = field(default_factory=dict)

    @property
    def definition(self) -> dict[str, Any]:
        """The newest version."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.definition["name"])

    def gate(self, stage: str) -> Gate:
        """The entrance of a stage; raises StageNotFoundException."""
        if stage not in [item["name"] for item in self.definition["stages"]]:
            raise ServiceError(
                "StageNotFoundException", f"Pipeline {self.name} does not have a stage named {stage}"
            )
        return self.gates.setdefault(stage, Gate())

    def execution(self, execution_id: str) -> Execution:
        """An execution; raises PipelineExecutionNotFoundException."""
        execution = self.executions.get(execution_id)
        if execution is None:
            raise ServiceError(
                "PipelineExecutionNotFoundException",
                f"The pipeline execution with id '{execution_id}' for pipeline '{self.name}' does not exist",
            )
        return execution

    def metadata(self) -> dict[str, Any]:
        """Beside the definition in GetPipeline."""
        return {"pipelineArn": self.arn, "created": self.created, "updated": self.updated}

    def set_tags(self, tags: list[dict[str, str]]) -> None:
        """Add tags or change their values; raises InvalidTagsException or TooManyTagsException."""
        if any(tag["key"].startswith("aws:") for tag in tags):
            raise ServiceError(
                "InvalidTagsException", "Not allowed to modify system tags. System tags start with 'aws:'."
            )
        merged = self.tags | {tag["key"]: tag["value"] for tag in tags}
        if len(merged) > _MAXIMUM_TAGS:
            raise ServiceError("TooManyTagsException", f"Tag limit exceeded for resource [{self.arn}].")
        self.tags = merged

    def tag_list(self) -> list[dict[str, str]]:
        """The tags as the API has them."""
        return [{"key": key, "value": value} for key, value in sorted(self.tags.items())]


class Pipelines(BaseBackend, TaggableResourcesMixin):
    """The pipelines of one account and region, kept as moto keeps its own: the tagging API finds them."""

    SERVICE_NAMESPACE = "codepipeline"
    account_id: str

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.region = region_name
        self._pipelines: dict[str, Pipeline] = {}

    def create(self, declaration: dict[str, Any], tags: list[dict[str, str]]) -> Pipeline:
        """Make a pipeline; raises ServiceError."""
        name = declaration["name"]
        if name in self._pipelines:
            raise ServiceError(
                "PipelineNameInUseException",
                f"A pipeline with the name '{name}' already exists in account '{self.account_id}'",
            )
        definition = structure.completed(declaration, version=1)
        structure.check(definition)
        arn = f"arn:aws:codepipeline:{self.region}:{self.account_id}:{name}"
        pipeline = Pipeline(arn, [definition])
        pipeline.set_tags(tags)
        self._pipelines[name] = pipeline
        return pipeline

    def update(self, declaration: dict[str, Any]) -> Pipeline:
        """Make a new version; raises ServiceError."""
        pipeline = self.get(declaration["name"])
        definition = structure.completed(declaration, version=len(pipeline.versions) + 1)
        structure.check(definition)
        pipeline.versions.append(definition)
        pipeline.updated = datetime.now(UTC)
        return pipeline

    def get(self, name: str) -> Pipeline:
        """A pipeline; raises PipelineNotFoundException."""
        pipeline = self._pipelines.get(name)
        if pipeline is None:
            raise ServiceError(
                "PipelineNotFoundException",
                f"Account '{self.account_id}' does not have a pipeline with name '{name}'",
            )
        return pipeline

    def by_arn(self, arn: str) -> Pipeline:
        """A pipeline by its ARN; raises ResourceNotFoundException."""
        pipeline = self._pipelines.get(arn.rsplit(":", 1)[-1])
        if pipeline is None:
            raise ServiceError(
                "ResourceNotFoundException",
                f"The account with id '{self.account_id}' does not include a pipeline with the name "
                f"'{arn.rsplit(':', 1)[-1]}'",
            )
        return pipeline

    def delete(self, name: str) -> Pipeline | None:
        """Remove a pipeline; a missing one is no error."""
        return self._pipelines.pop(name, None)

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Every pipeline, for the Resource Groups Tagging API."""
        for pipeline in self.all():
            yield TaggedResource(arn=pipeline.arn, tags=pipeline.tags, resource_type="codepipeline:pipeline")

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Set tags, for the Resource Groups Tagging API."""
        self.by_arn(arn).set_tags([{"key": key, "value": value} for key, value in tags.items()])

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags, for the Resource Groups Tagging API."""
        pipeline = self.by_arn(arn)
        pipeline.tags = {key: value for key, value in pipeline.tags.items() if key not in tag_keys}

    def all(self) -> list[Pipeline]:
        """Every pipeline, by name."""
        return [pipeline for _, pipeline in sorted(self._pipelines.items())]


_PIPELINES = BackendDict(Pipelines, "codepipeline")


def pipelines_of(account_id: str, region: str) -> Pipelines:
    """The pipelines of an account in a region."""
    found: Pipelines = _PIPELINES[account_id][region]
    return found


def everywhere() -> list[Pipelines]:
    """The pipelines of all accounts and regions that have had any."""
    return [pipelines for regions in list(_PIPELINES.values()) for pipelines in list(regions.values())]
