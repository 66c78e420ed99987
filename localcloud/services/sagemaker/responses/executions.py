"""Executions of pipelines: start, watch, stop, retry."""

from localcloud.responses import ActionResult, operations
from localcloud.services.sagemaker import listing, roles
from localcloud.services.sagemaker.errors import ConflictError, ResourceNotFoundError, ValidationError
from localcloud.services.sagemaker.pipelines import engine
from localcloud.services.sagemaker.pipelines.definition import Definition, DefinitionError
from localcloud.services.sagemaker.pipelines.engine import Engine
from localcloud.services.sagemaker.pipelines.execution import EXECUTING, FAILED, STOPPED, Execution
from localcloud.services.sagemaker.pipelines.parameters import parameter_value
from localcloud.services.sagemaker.resources import now, user_context
from localcloud.services.sagemaker.responses.base import SageMakerBase
from localcloud.services.sagemaker.responses.pipelines import pipeline_of

_SESSION = "sagemaker-pipeline-check"


def _values(definition: Definition, given: dict[str, str]) -> dict[str, object]:
    """The value of every parameter.

    Raises:
        ValidationError: a parameter is unknown, missing, or of another type.

    """
    if unknown := sorted(set(given) - set(definition.parameters)):
        raise ValidationError(f"Unknown pipeline parameters: [{', '.join(unknown)}]")
    missing = [name for name, item in definition.parameters.items() if item.default is None and name not in given]
    if missing:
        raise ValidationError(f"Missing values for pipeline parameters without a default: [{', '.join(missing)}]")
    try:
        return {
            name: parameter_value(item, given[name]) if name in given else item.default
            for name, item in definition.parameters.items()
        }
    except DefinitionError as error:
        raise ValidationError(str(error)) from error


@operations("sagemaker")
class ExecutionResponse(SageMakerBase):
    """StartPipelineExecution and its like."""

    def start_pipeline_execution(self) -> ActionResult:
        """Start an execution; the same ClientRequestToken again gives the same execution."""
        parameters = self._parameters
        pipeline = pipeline_of(self._store, parameters["PipelineName"])
        if "SelectiveExecutionConfig" in parameters:
            raise ValidationError("The local cloud does not imitate selective execution: run the whole pipeline.")
        items = parameters.get("PipelineParameters", [])
        given = {item["Name"]: item["Value"] for item in items}
        if len(given) != len(items):
            raise ValidationError("Pipeline parameter names must be unique.")
        role_arn = parameters.get("RoleArn", pipeline.role_arn)
        roles.assume(self.cloud, role_arn, _SESSION, self.region)
        with self._store.lock:
            token = parameters["ClientRequestToken"]
            if token in pipeline.start_tokens:
                return ActionResult({"PipelineExecutionArn": pipeline.start_tokens[token]})
            version = pipeline.version(parameters.get("PipelineVersionId"))
            execution = Execution(
                pipeline,
                version.definition,
                version=version.number,
                parameters=_values(version.definition, given),
                given=given,
                caller=user_context(self.caller),
                role_arn=role_arn,
            )
            execution.display_name = parameters.get("PipelineExecutionDisplayName", execution.display_name)
            execution.description = parameters.get("PipelineExecutionDescription")
            execution.parallelism = parameters.get("ParallelismConfiguration", pipeline.parallelism)
            pipeline.start_tokens[token] = execution.arn
            pipeline.last_run = execution.created
            self._store.executions[execution.arn] = execution
        Engine(self.cloud, self._store, execution).start()
        return ActionResult({"PipelineExecutionArn": execution.arn})

    def describe_pipeline_execution(self) -> ActionResult:
        """Tell the state of an execution."""
        return ActionResult(self._execution().describe())

    def describe_pipeline_definition_for_execution(self) -> ActionResult:
        """Give the definition that an execution runs."""
        execution = self._execution()
        return ActionResult({"PipelineDefinition": execution.definition.text, "CreationTime": execution.created})

    def list_pipeline_executions(self) -> ActionResult:
        """List a pipeline's executions, the newest first."""
        parameters = self._parameters
        pipeline = pipeline_of(self._store, parameters["PipelineName"])
        found = [
            execution
            for execution in list(self._store.executions.values())
            if execution.pipeline is pipeline
            and listing.within(execution.created, parameters.get("CreatedAfter"), parameters.get("CreatedBefore"))
        ]
        keys = {"CreationTime": lambda item: item.created, "PipelineExecutionArn": lambda item: item.arn}
        ordered = listing.ordered(found, parameters, keys, default="CreationTime", descending=True)
        shown, token = listing.page(ordered, parameters)
        return ActionResult({"PipelineExecutionSummaries": [item.summary() for item in shown], "NextToken": token})

    def list_pipeline_execution_steps(self) -> ActionResult:
        """List the steps that have started, the latest first."""
        parameters = self._parameters
        execution = self._execution()
        with execution.changed:
            started = [run for run in execution.steps.values() if run.status is not None]
            keys = {"Start": lambda run: run.order}
            ordered = listing.ordered(started, parameters, keys, default="Start", descending=True)
            shown, token = listing.page(ordered, parameters)
            entries = [run.entry() for run in shown]
        return ActionResult({"PipelineExecutionSteps": entries, "NextToken": token})

    def list_pipeline_parameters_for_execution(self) -> ActionResult:
        """List the values of an execution's parameters."""
        shown, token = listing.page(self._execution().parameter_list(), self._parameters)
        return ActionResult({"PipelineParameters": shown, "NextToken": token})

    def update_pipeline_execution(self) -> ActionResult:
        """Change an execution's name and description."""
        parameters = self._parameters
        execution = self._execution()
        execution.display_name = parameters.get("PipelineExecutionDisplayName", execution.display_name)
        execution.description = parameters.get("PipelineExecutionDescription", execution.description)
        execution.parallelism = parameters.get("ParallelismConfiguration", execution.parallelism)
        execution.modified, execution.modified_by = now(), user_context(self.caller)
        return ActionResult({"PipelineExecutionArn": execution.arn})

    def stop_pipeline_execution(self) -> ActionResult:
        """Stop a running execution and the jobs of its steps."""
        execution = self._execution()
        with execution.changed:
            if execution.status != EXECUTING:
                raise ConflictError(
                    f"Pipeline execution '{execution.arn}' cannot be stopped: its status is {execution.status}."
                )
            engine.stop(execution)
            execution.modified_by = user_context(self.caller)
        return ActionResult({"PipelineExecutionArn": execution.arn})

    def retry_pipeline_execution(self) -> ActionResult:
        """Run the steps of a failed or stopped execution that have not succeeded."""
        parameters = self._parameters
        execution = self._execution()
        with execution.changed:
            if execution.retry_token == parameters["ClientRequestToken"]:
                return ActionResult({"PipelineExecutionArn": execution.arn})
            if execution.status not in (FAILED, STOPPED):
                raise ConflictError(
                    f"Pipeline execution '{execution.arn}' cannot be retried: its status is {execution.status}, "
                    "and only Failed or Stopped executions can."
                )
            execution.retry_token = parameters["ClientRequestToken"]
            execution.parallelism = parameters.get("ParallelismConfiguration", execution.parallelism)
            execution.modified_by = user_context(self.caller)
            engine.reset(execution)
        Engine(self.cloud, self._store, execution).start()
        return ActionResult({"PipelineExecutionArn": execution.arn})

    def _execution(self) -> Execution:
        arn = self._parameters.get("PipelineExecutionArn", "")
        execution = self._store.executions.get(arn)
        if execution is None:
            raise ResourceNotFoundError(f"Pipeline execution '{arn}' does not exist.")
        return execution
