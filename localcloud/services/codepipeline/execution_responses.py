"""The operations on executions: start, stop, retry, approve, look at."""

from typing import Any

from moto.core.responses import ActionResult

from localcloud.responses import LocalResponse, ServiceError, operations
from localcloud.services.codepipeline import engine, views
from localcloud.services.codepipeline.pages import page
from localcloud.services.codepipeline.pipelines import Pipeline, Pipelines, pipelines_of
from localcloud.services.codepipeline.records import ActionExecution, Execution, Trigger


@operations("codepipeline")
class ExecutionResponse(LocalResponse):
    """Executions of pipelines."""

    def start_pipeline_execution(self) -> ActionResult:
        """StartPipelineExecution."""
        trigger = Trigger("StartPipelineExecution", self.caller.arn)
        execution = engine.of(self.cloud).request(self._pipelines(), self.params, trigger)
        return ActionResult({"pipelineExecutionId": execution.id})

    def stop_pipeline_execution(self) -> ActionResult:
        """StopPipelineExecution: after the actions under way, or at once (`abandon`)."""
        execution = self._execution()
        if execution.ended:
            raise ServiceError(
                "PipelineExecutionNotStoppableException",
                f"Unable to stop the pipeline execution: it has already ended ({execution.status})",
            )
        abandon = bool(self.params.get("abandon"))
        if execution.stopping.is_set() and not (abandon and not execution.abandoned.is_set()):
            raise ServiceError("DuplicatedStopRequestException", "The pipeline execution is already stopping")
        execution.stop_reason = self.params.get("reason")
        execution.change("Stopping")
        execution.stopping.set()
        if abandon:
            execution.abandoned.set()
        return ActionResult({"pipelineExecutionId": execution.id})

    def retry_stage_execution(self) -> ActionResult:
        """RetryStageExecution."""
        pipeline = self._pipeline()
        stage = self.params["stageName"]
        pipeline.gate(stage)
        execution = self._execution()
        record = execution.stages.get(stage)
        if record is None or record.status not in ("Failed", "Stopped") or not execution.ended:
            raise ServiceError(
                "StageNotRetryableException",
                f"The stage {stage} cannot be retried: it has not failed in execution {execution.id}",
            )
        if pipeline.latest_stages.get(stage) is not record:
            raise ServiceError(
                "NotLatestPipelineExecutionException", "The stage has been run by a newer pipeline execution"
            )
        mode = self.params["retryMode"]
        engine.of(self.cloud).retry(self._pipelines(), pipeline, execution, stage, mode)
        return ActionResult({"pipelineExecutionId": execution.id})

    def put_approval_result(self) -> ActionResult:
        """PutApprovalResult."""
        record = self._approval()
        result, token = self.params["result"], self.params["token"]
        if (
            record is None
            or record.decision is None
            or record.status != "InProgress"
            or record.decision.made.is_set()
        ):
            raise ServiceError("ApprovalAlreadyCompletedException", "The approval has already been completed")
        if record.token != token:
            raise ServiceError(
                "InvalidApprovalTokenException", "The approval request already received a response or has expired"
            )
        record.decision.make(result["status"], result["summary"], self.caller.arn)
        return ActionResult({"approvedAt": record.updated})

    def get_pipeline_execution(self) -> ActionResult:
        """GetPipelineExecution."""
        return ActionResult({"pipelineExecution": views.execution(self._execution())})

    def list_pipeline_executions(self) -> ActionResult:
        """ListPipelineExecutions, newest first."""
        executions = [*self._pipeline().executions.values()][::-1]
        stage = ((self.params.get("filter") or {}).get("succeededInStage") or {}).get("stageName")
        if stage:
            executions = [
                item for item in executions if stage in item.stages and item.stages[stage].status == "Succeeded"
            ]
        found = [views.summary(item) for item in executions]
        return ActionResult(page(self.params, "pipelineExecutionSummaries", found, 100))

    def list_action_executions(self) -> ActionResult:
        """ListActionExecutions, newest first."""
        pipeline = self._pipeline()
        wanted = self.params.get("filter") or {}
        execution_id = wanted.get("pipelineExecutionId") or (wanted.get("latestInPipelineExecution") or {}).get(
            "pipelineExecutionId"
        )
        executions = [pipeline.execution(execution_id)] if execution_id else pipeline.executions.values()
        actions = [action for execution in executions for action in execution.actions]
        if wanted.get("latestInPipelineExecution"):
            actions = list({(item.stage, item.name): item for item in actions}.values())
        actions.sort(key=lambda item: item.start, reverse=True)
        found = [views.action_execution(item) for item in actions]
        return ActionResult(page(self.params, "actionExecutionDetails", found, 100))

    def _approval(self) -> ActionExecution | None:
        pipeline = self._pipeline()
        stage, name = self.params["stageName"], self.params["actionName"]
        pipeline.gate(stage)
        declared: list[dict[str, Any]] = next(
            item["actions"] for item in pipeline.definition["stages"] if item["name"] == stage
        )
        if name not in [action["name"] for action in declared]:
            raise ServiceError("ActionNotFoundException", f"Stage {stage} does not have an action named {name}")
        return pipeline.latest_actions.get((stage, name))

    def _pipelines(self) -> Pipelines:
        return pipelines_of(self.current_account, self.region)

    def _pipeline(self) -> Pipeline:
        return self._pipelines().get(self.params["pipelineName"])

    def _execution(self) -> Execution:
        return self._pipeline().execution(self.params["pipelineExecutionId"])
