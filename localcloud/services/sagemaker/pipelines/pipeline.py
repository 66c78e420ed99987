"""A pipeline: its definition in all versions, and what the API tells about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localcloud.principals import Principal
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.pipelines import arguments, linking
from localcloud.services.sagemaker.pipelines.definition import Definition, DefinitionError
from localcloud.services.sagemaker.pipelines.reading import parse
from localcloud.services.sagemaker.resources import Resource, Tags, arn, now, user_context


@dataclass(frozen=True)
class Version:
    """A version of a pipeline; each change of the definition makes one."""

    number: int
    definition: Definition
    created: datetime
    created_by: dict[str, Any]


def checked(text: str) -> Definition:
    """A definition that has passed every check made before a run.

    Raises:
        ValidationError: worded as CreatePipeline does, "Unable to parse pipeline definition. …".

    """
    try:
        definition = parse(text)
        linking.dependencies(definition)
        arguments.check(definition)
    except DefinitionError as error:
        raise ValidationError(f"Unable to parse pipeline definition. {error}") from error
    return definition


class Pipeline(Resource):
    """A SageMaker pipeline.

    Attributes:
        name: unique in account and region, in upper and lower case alike.
        versions: all versions, the oldest first; the last is the one that runs.
        last_run: when it was last started.

    """

    def __init__(
        self,
        name: str,
        definition: Definition,
        *,
        role_arn: str,
        caller: Principal,
        region: str,
        account_id: str,
        tags: Tags,
    ) -> None:
        super().__init__(arn(region, account_id, f"pipeline/{name}"), tags=tags)
        self.name = name
        self.display_name: str | None = None
        self.description: str | None = None
        self.role_arn = role_arn
        self.parallelism: dict[str, Any] | None = None
        self.created = self.modified = now()
        self.created_by = self.modified_by = user_context(caller)
        self.last_run: datetime | None = None
        self.versions = [Version(1, definition, self.created, self.created_by)]
        self.create_token: str | None = None
        self.start_tokens: dict[str, str] = {}
        """Executions already started, by ClientRequestToken."""

    @property
    def definition(self) -> Definition:
        """The current definition."""
        return self.versions[-1].definition

    def version(self, number: int | None) -> Version:
        """A version; the newest without a number.

        Raises:
            ValidationError: there is no such version.

        """
        if number is None:
            return self.versions[-1]
        if not 1 <= number <= len(self.versions):
            raise ValidationError(f"Pipeline version {number} of pipeline '{self.arn}' does not exist.")
        return self.versions[number - 1]

    def update(self, definition: Definition | None, caller: Principal) -> None:
        """Note a change; a different definition becomes a new version."""
        self.modified = now()
        self.modified_by = user_context(caller)
        if definition is not None and definition.text != self.definition.text:
            self.versions.append(Version(len(self.versions) + 1, definition, self.modified, self.modified_by))

    def describe(self, number: int | None = None) -> dict[str, Any]:
        """The answer of DescribePipeline."""
        return {
            "PipelineArn": self.arn,
            "PipelineName": self.name,
            "PipelineDisplayName": self.display_name or self.name,
            "PipelineDefinition": self.version(number).definition.text,
            "PipelineDescription": self.description,
            "RoleArn": self.role_arn,
            "PipelineStatus": "Active",
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "LastRunTime": self.last_run,
            "CreatedBy": self.created_by,
            "LastModifiedBy": self.modified_by,
            "ParallelismConfiguration": self.parallelism,
        }

    def summary(self) -> dict[str, Any]:
        """The pipeline's entry in ListPipelines."""
        return {
            "PipelineArn": self.arn,
            "PipelineName": self.name,
            "PipelineDisplayName": self.display_name or self.name,
            "PipelineDescription": self.description,
            "RoleArn": self.role_arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "LastExecutionTime": self.last_run,
        }
