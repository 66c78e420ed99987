"""Running pipelines: executions pass through the stages, stages run their actions."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from localcloud.principals import AccessDeniedError
from localcloud.responses import ServiceError
from localcloud.service_role import ServiceRole
from localcloud.services.codepipeline import expressions, notices
from localcloud.services.codepipeline.actions import approval, codebuild, source
from localcloud.services.codepipeline.actions.context import AbandonedError, ActionContext, ActionFailedError
from localcloud.services.codepipeline.gates import StoppedError, SupersededError
from localcloud.services.codepipeline.pipelines import Pipeline, Pipelines
from localcloud.services.codepipeline.records import ActionExecution, Execution, StageExecution, Trigger
from localcloud.services.codepipeline.structure import PRINCIPAL, provider

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

log = logging.getLogger(__name__)

_ACTIONS: dict[str, Callable[[ActionContext], None]] = {
    "CodeStarSourceConnection": source.run,
    "CodeBuild": codebuild.run,
    "Manual": approval.run,
}


class Engine:
    """Starts executions, and stages of them again."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud

    def request(self, pipelines: Pipelines, request: dict[str, Any], trigger: Trigger) -> Execution:
        """Start an execution as a request of StartPipelineExecution asks for it; raises ServiceError."""
        overrides = {}
        for revision in request.get("sourceRevisions") or []:
            if revision["revisionType"] != "COMMIT_ID":
                raise ServiceError("ValidationException", "The local cloud overrides sources by COMMIT_ID only")
            overrides[revision["actionName"]] = revision["revisionValue"]
        variables = {item["name"]: item["value"] for item in request.get("variables") or []}
        pipeline = pipelines.get(request["name"])
        return self.start(pipelines, pipeline, trigger, variables=variables, overrides=overrides)

    def start(
        self,
        pipelines: Pipelines,
        pipeline: Pipeline,
        trigger: Trigger,
        *,
        variables: dict[str, str] | None = None,
        overrides: dict[str, str] | None = None,
        branches: dict[str, str] | None = None,
    ) -> Execution:
        """Start an execution.

        Args:
            pipelines: where the pipeline lives.
            pipeline: what to run, in its newest version.
            trigger: why.
            variables: values of the pipeline's variables.
            overrides: commit by source action, instead of the branch's newest.
            branches: branch by source action, instead of the configured one.

        """
        declared = {item["name"]: item.get("defaultValue") for item in pipeline.definition.get("variables") or []}
        given = variables or {}
        if unknown := sorted(set(given) - set(declared)):
            raise ServiceError("ValidationException", f"Pipeline variable {unknown[0]} is not declared")
        values = {name: given.get(name, default) for name, default in declared.items()}
        if missing := sorted(name for name, value in values.items() if value is None):
            raise ServiceError(
                "ValidationException", f"Pipeline variable {missing[0]} needs a value: it has no default"
            )
        execution = Execution(
            pipeline=pipeline.definition,
            trigger=trigger,
            variables={name: str(value) for name, value in values.items()},
            overrides=dict(overrides or {}),
            branches=dict(branches or {}),
        )
        pipeline.executions[execution.id] = execution
        runner = ExecutionRunner(self._cloud, pipelines, pipeline, execution)
        self._cloud.spawn(f"pipeline-{pipeline.name}", runner.run, 0)
        return execution

    def retry(self, pipelines: Pipelines, pipeline: Pipeline, execution: Execution, stage: str, mode: str) -> None:
        """Run a failed stage again, and what comes after it."""
        names = [item["name"] for item in execution.pipeline["stages"]]
        execution.stopping.clear()
        execution.abandoned.clear()
        execution.change("InProgress")
        runner = ExecutionRunner(
            self._cloud, pipelines, pipeline, execution, keep_succeeded=mode == "FAILED_ACTIONS"
        )
        self._cloud.spawn(f"pipeline-{pipeline.name}", runner.run, names.index(stage))


class ExecutionRunner:
    """Takes one execution through its stages."""

    def __init__(
        self,
        cloud: "Cloud",
        pipelines: Pipelines,
        pipeline: Pipeline,
        execution: Execution,
        *,
        keep_succeeded: bool = False,
    ) -> None:
        self._cloud = cloud
        self._pipelines = pipelines
        self._pipeline = pipeline
        self._execution = execution
        self._keep_succeeded = keep_succeeded
        self._notices = notices.Notices(cloud, pipelines.account_id, pipelines.region, execution)

    def run(self, first: int) -> None:
        """Run the stages from a number on; the execution has ended afterwards."""
        execution = self._execution
        self._notices.execution("STARTED")
        try:
            for stage in execution.pipeline["stages"][first:]:
                self._run_stage(stage)
                if execution.status != "InProgress":
                    break
            if execution.status == "InProgress":
                execution.change("Succeeded")
        except SupersededError:
            execution.change("Superseded")
        except StoppedError:
            execution.change("Stopped", execution.stop_reason)
        self._notices.execution(execution.status.upper())

    def _run_stage(self, stage: dict[str, Any]) -> None:
        execution = self._execution
        gate = self._pipeline.gates.setdefault(stage["name"], self._pipeline.gate(stage["name"]))
        if execution.stopping.is_set():
            raise StoppedError
        gate.enter(execution, lambda: self._cloud.stopping)
        record = execution.stages.get(stage["name"]) if self._keep_succeeded else None
        record = record or StageExecution(stage["name"], execution.id)
        record.status = "InProgress"
        execution.stages[stage["name"]] = record
        self._pipeline.latest_stages[stage["name"]] = record
        self._notices.stage(stage["name"], "STARTED")
        try:
            self._run_actions(stage, record)
        finally:
            if record.status == "InProgress":
                record.status = "Succeeded"
            gate.leave(execution)
            self._notices.stage(stage["name"], record.status.upper())
        self._keep_succeeded = False
        if record.status == "Failed":
            execution.change("Failed")
        elif record.status == "Stopped":
            raise StoppedError

    def _run_actions(self, stage: dict[str, Any], record: StageExecution) -> None:
        """Actions of the same run order at the same time, orders one after the other."""
        orders = sorted({action["runOrder"] for action in stage["actions"]})
        for order in orders:
            started = [
                self._cloud.spawn(f"action-{action['name']}", self._run_action, stage["name"], record, action)
                for action in stage["actions"]
                if action["runOrder"] == order and not self._succeeded_before(record, action)
            ]
            for thread in started:
                thread.join()
            statuses = {item.status for item in record.actions.values()}
            if "Failed" in statuses:
                record.status = "Failed"
                return
            if "Abandoned" in statuses or self._execution.stopping.is_set():
                record.status = "Stopped"
                return

    def _succeeded_before(self, record: StageExecution, action: dict[str, Any]) -> bool:
        before = record.actions.get(action["name"])
        return self._keep_succeeded and before is not None and before.status == "Succeeded"

    def _run_action(self, stage: str, stage_record: StageExecution, action: dict[str, Any]) -> None:
        execution = self._execution
        record = ActionExecution(execution.id, execution.pipeline["version"], stage, action)
        execution.actions.append(record)
        stage_record.actions[action["name"]] = record
        self._pipeline.latest_actions[stage, action["name"]] = record
        self._notices.action(record)
        try:
            self._perform(record)
        except ActionFailedError as error:
            record.error = {"code": error.code, "message": error.message}
            record.change("Failed", record.summary or error.message)
        except AbandonedError:
            record.change("Abandoned")
        except Exception as error:
            # CodePipeline's InternalError; the traceback is in the local cloud's log.
            log.exception("action %s of pipeline %s", action["name"], execution.name)
            record.error = {"code": "InternalError", "message": f"localcloud: {error!r}"}
            record.change("Failed")
        else:
            execution.artifacts |= record.outputs
            if namespace := action.get("namespace"):
                execution.namespaces[namespace] = record.variables
            record.change("Succeeded")
        self._notices.action(record)

    def _perform(self, record: ActionExecution) -> None:
        action = record.action
        try:
            record.configuration = expressions.resolve(self._execution, action["configuration"])
        except expressions.UnresolvedVariableError as error:
            raise ActionFailedError("ConfigurationError", str(error)) from error
        context = ActionContext(
            cloud=self._cloud,
            region=self._pipelines.region,
            account_id=self._pipelines.account_id,
            execution=self._execution,
            record=record,
            role=self._role(action),
        )
        _ACTIONS[provider(action)](context)

    def _role(self, action: dict[str, Any]) -> ServiceRole:
        role_arn = action.get("roleArn") or self._execution.pipeline["roleArn"]
        try:
            return ServiceRole(
                self._cloud,
                role_arn,
                service=PRINCIPAL,
                session_name=self._execution.id,
                region=self._pipelines.region,
                source_arn=f"arn:aws:codepipeline:{self._pipelines.region}:{self._pipelines.account_id}"
                f":{self._execution.pipeline['name']}",
            )
        except AccessDeniedError as error:
            raise ActionFailedError(
                "PermissionError", f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}"
            ) from error


_ENGINES: WeakKeyDictionary["Cloud", Engine] = WeakKeyDictionary()


def of(cloud: "Cloud") -> Engine:
    """The engine of a local cloud."""
    found = _ENGINES.get(cloud)
    if found is None:
        found = _ENGINES[cloud] = Engine(cloud)
    return found
