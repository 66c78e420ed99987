"""Pipelines: create, change, list, delete."""

from typing import Any

from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from localcloud.responses import ActionResult, operations
from localcloud.services.sagemaker import listing, roles
from localcloud.services.sagemaker.errors import ConflictError, ResourceNotFoundError, ValidationError
from localcloud.services.sagemaker.pipelines.definition import Definition
from localcloud.services.sagemaker.pipelines.execution import FINAL
from localcloud.services.sagemaker.pipelines.pipeline import Pipeline, checked
from localcloud.services.sagemaker.resources import arn, merged_tags
from localcloud.services.sagemaker.responses.base import SageMakerBase
from localcloud.services.sagemaker.store import SageMakerStore

_SESSION = "sagemaker-pipeline-check"


def pipeline_of(store: SageMakerStore, name_or_arn: str) -> Pipeline:
    """A pipeline by name or ARN.

    Raises:
        ResourceNotFoundError: there is none.

    """
    name = name_or_arn.rsplit("/", 1)[-1]
    pipeline = store.pipelines.get(name.lower())
    if pipeline is None:
        missing = arn(store.region_name, store.account_id, f"pipeline/{name}")
        raise ResourceNotFoundError(f"Pipeline '{missing}' does not exist.")
    return pipeline


@operations("sagemaker")
class PipelineResponse(SageMakerBase):
    """CreatePipeline and its like."""

    def create_pipeline(self) -> ActionResult:
        """Create a pipeline after checking its definition and role."""
        parameters = self._parameters
        definition = self._definition(parameters)
        if definition is None:
            raise ValidationError("Either PipelineDefinition or PipelineDefinitionS3Location must be provided.")
        roles.assume(self.cloud, parameters["RoleArn"], _SESSION, self.region)
        store, name = self._store, parameters["PipelineName"]
        with store.lock:
            if (present := store.pipelines.get(name.lower())) is not None:
                if present.create_token == parameters["ClientRequestToken"]:
                    return ActionResult({"PipelineArn": present.arn})
                raise ValidationError(
                    "Pipeline names must be unique within an AWS account and region. "
                    f"Pipeline with name ({name}) already exists."
                )
            pipeline = Pipeline(
                name,
                definition,
                role_arn=parameters["RoleArn"],
                caller=self.caller,
                region=self.region,
                account_id=self.current_account,
                tags=merged_tags([], parameters.get("Tags", [])),
            )
            pipeline.create_token = parameters["ClientRequestToken"]
            self._describe(pipeline, parameters)
            store.pipelines[name.lower()] = pipeline
        return ActionResult({"PipelineArn": pipeline.arn})

    def update_pipeline(self) -> ActionResult:
        """Change a pipeline; what is not given stays."""
        parameters = self._parameters
        pipeline = pipeline_of(self._store, parameters["PipelineName"])
        definition = self._definition(parameters)
        if "RoleArn" in parameters:
            roles.assume(self.cloud, parameters["RoleArn"], _SESSION, self.region)
            pipeline.role_arn = parameters["RoleArn"]
        self._describe(pipeline, parameters)
        pipeline.update(definition, self.caller)
        return ActionResult({"PipelineArn": pipeline.arn, "PipelineVersionId": pipeline.versions[-1].number})

    def describe_pipeline(self) -> ActionResult:
        """Tell everything about a pipeline, its definition included."""
        pipeline = pipeline_of(self._store, self._parameters["PipelineName"])
        return ActionResult(pipeline.describe(self._parameters.get("PipelineVersionId")))

    def list_pipelines(self) -> ActionResult:
        """List pipelines, the newest first."""
        parameters = self._parameters
        prefix = parameters.get("PipelineNamePrefix", "")
        found = [
            pipeline
            for pipeline in list(self._store.pipelines.values())
            if pipeline.name.startswith(prefix)
            and listing.within(pipeline.created, parameters.get("CreatedAfter"), parameters.get("CreatedBefore"))
        ]
        keys = {"Name": lambda item: item.name, "CreationTime": lambda item: item.created}
        ordered = listing.ordered(found, parameters, keys, default="CreationTime", descending=True)
        shown, token = listing.page(ordered, parameters)
        return ActionResult({"PipelineSummaries": [item.summary() for item in shown], "NextToken": token})

    def list_pipeline_versions(self) -> ActionResult:
        """List a pipeline's versions, the newest first."""
        parameters = self._parameters
        pipeline = pipeline_of(self._store, parameters["PipelineName"])
        keys = {"Version": lambda item: item.number}
        ordered = listing.ordered(pipeline.versions, parameters, keys, default="Version", descending=True)
        shown, token = listing.page(ordered, parameters)
        summaries = [
            {"PipelineArn": pipeline.arn, "PipelineVersionId": item.number, "CreationTime": item.created}
            for item in shown
        ]
        return ActionResult({"PipelineVersionSummaries": summaries, "NextToken": token})

    def delete_pipeline(self) -> ActionResult:
        """Delete a pipeline and its executions, none of which may run."""
        store = self._store
        with store.lock:
            pipeline = pipeline_of(store, self._parameters["PipelineName"])
            own = [execution for execution in store.executions.values() if execution.pipeline is pipeline]
            if any(execution.status not in FINAL for execution in own):
                raise ConflictError(
                    f"Pipeline '{pipeline.arn}' cannot be deleted: it has running executions. Stop them first."
                )
            for execution in own:
                del store.executions[execution.arn]
            del store.pipelines[pipeline.name.lower()]
        return ActionResult({"PipelineArn": pipeline.arn})

    def _definition(self, parameters: dict[str, Any]) -> Definition | None:
        text, location = parameters.get("PipelineDefinition"), parameters.get("PipelineDefinitionS3Location")
        if text is not None and location is not None:
            raise ValidationError(
                "Only one of PipelineDefinition and PipelineDefinitionS3Location can be provided."
            )
        if location is not None:
            text = self._read(location)
        return checked(text) if text is not None else None

    def _read(self, location: dict[str, str]) -> str:
        bucket, key = location["Bucket"], location["ObjectKey"]
        backend = s3_backends[self.current_account][get_partition(self.region)]
        found = backend.get_object(bucket, key, location.get("VersionId")) if bucket in backend.buckets else None
        if found is None:
            raise ValidationError(
                f"Unable to read the pipeline definition: there is no object s3://{bucket}/{key}."
            )
        try:
            return bytes(found.value).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValidationError(f"The pipeline definition s3://{bucket}/{key} is not text: {error}") from error

    @staticmethod
    def _describe(pipeline: Pipeline, parameters: dict[str, Any]) -> None:
        pipeline.display_name = parameters.get("PipelineDisplayName", pipeline.display_name)
        pipeline.description = parameters.get("PipelineDescription", pipeline.description)
        pipeline.parallelism = parameters.get("ParallelismConfiguration", pipeline.parallelism)
