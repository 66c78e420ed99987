"""The operations on pipelines; `execution_responses` has those on their executions."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from iam.request import Context
from localcloud.responses import LocalResponse, ServiceError, operations
from localcloud.services.codepipeline import engine, execution_responses, views
from localcloud.services.codepipeline.gates import changed
from localcloud.services.codepipeline.pages import page
from localcloud.services.codepipeline.pipelines import Pipelines, pipelines_of
from localcloud.services.codepipeline.records import Trigger

__all__ = ["PipelineResponse", "execution_responses"]


@operations("codepipeline")
class PipelineResponse(LocalResponse):
    """Pipelines, their state and their tags."""

    def create_pipeline(self) -> ActionResult:
        """CreatePipeline, which starts the first execution."""
        pipelines = self._pipelines()
        declaration, tags = self.params["pipeline"], self.params.get("tags") or []
        self._pass_connections(declaration)
        pipeline = pipelines.create(declaration, tags)
        engine.of(self.cloud).start(pipelines, pipeline, Trigger("CreatePipeline", self.caller.arn))
        return ActionResult({"pipeline": pipeline.definition, "tags": pipeline.tag_list()})

    def update_pipeline(self) -> ActionResult:
        """UpdatePipeline."""
        self._pass_connections(self.params["pipeline"])
        pipeline = self._pipelines().update(self.params["pipeline"])
        return ActionResult({"pipeline": pipeline.definition})

    def get_pipeline(self) -> ActionResult:
        """GetPipeline, in its newest or a given version."""
        pipeline = self._pipelines().get(self.params["name"])
        version = self.params.get("version") or len(pipeline.versions)
        if not 1 <= version <= len(pipeline.versions):
            raise ServiceError(
                "PipelineVersionNotFoundException", f"Pipeline {pipeline.name} does not have a version {version}"
            )
        return ActionResult({"pipeline": pipeline.versions[version - 1], "metadata": pipeline.metadata()})

    def list_pipelines(self) -> ActionResult:
        """ListPipelines."""
        found = [
            {
                "name": pipeline.name,
                "version": pipeline.definition["version"],
                "pipelineType": pipeline.definition["pipelineType"],
                "executionMode": pipeline.definition["executionMode"],
                "created": pipeline.created,
                "updated": pipeline.updated,
            }
            for pipeline in self._pipelines().all()
        ]
        return ActionResult(page(self.params, "pipelines", found, 1000))

    def delete_pipeline(self) -> ActionResult:
        """DeletePipeline: executions under way end at their next step."""
        pipeline = self._pipelines().delete(self.params["name"])
        for execution in list(pipeline.executions.values()) if pipeline else []:
            execution.stopping.set()
            execution.abandoned.set()
        return EmptyResult()

    def get_pipeline_state(self) -> ActionResult:
        """GetPipelineState."""
        return ActionResult(views.state(self._pipelines().get(self.params["name"])))

    def enable_stage_transition(self) -> ActionResult:
        """EnableStageTransition."""
        return self._set_transition(enabled=True, reason=None)

    def disable_stage_transition(self) -> ActionResult:
        """DisableStageTransition."""
        return self._set_transition(enabled=False, reason=self.params["reason"])

    def list_tags_for_resource(self) -> ActionResult:
        """ListTagsForResource."""
        return ActionResult({"tags": self._pipelines().by_arn(self.params["resourceArn"]).tag_list()})

    def tag_resource(self) -> ActionResult:
        """TagResource."""
        self._pipelines().by_arn(self.params["resourceArn"]).set_tags(self.params["tags"])
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """UntagResource."""
        pipeline = self._pipelines().by_arn(self.params["resourceArn"])
        for key in self.params["tagKeys"]:
            pipeline.tags.pop(key, None)
        return EmptyResult()

    def _set_transition(self, *, enabled: bool, reason: str | None) -> ActionResult:
        pipeline = self._pipelines().get(self.params["pipelineName"])
        if self.params["transitionType"] != "Inbound":
            raise ServiceError("ValidationException", "Only inbound transitions can be enabled and disabled")
        pipeline.gate(self.params["stageName"]).set_transition(changed(enabled, self.caller.arn, reason))
        return EmptyResult()

    def _pipelines(self) -> Pipelines:
        return pipelines_of(self.current_account, self.region)

    def _pass_connections(self, declaration: dict[str, Any]) -> None:
        """Whoever makes a pipeline passes the connection to it, and needs PassConnection for that."""
        for action in declaration["stages"][0]["actions"]:
            if arn := (action.get("configuration") or {}).get("ConnectionArn"):
                service = arn.split(":")[2]
                passed_to: Context = {f"{service}:PassedToService": "codepipeline.amazonaws.com"}
                self._done_for_caller(service, "PassConnection", {"ConnectionArn": arn}, passed_to)
