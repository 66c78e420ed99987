"""An execution of a pipeline: its state and the state of its steps."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition
from typing import TYPE_CHECKING, Any

from localcloud.services.sagemaker.pipelines.definition import Definition, Step
from localcloud.services.sagemaker.pipelines.evaluation import Values
from localcloud.services.sagemaker.pipelines.expressions import ExpressionError
from localcloud.services.sagemaker.resources import Resource, now, random_id

if TYPE_CHECKING:
    from localcloud.services.sagemaker.jobs.job import Job
    from localcloud.services.sagemaker.pipelines.pipeline import Pipeline

EXECUTING, SUCCEEDED, FAILED, STOPPING, STOPPED = "Executing", "Succeeded", "Failed", "Stopping", "Stopped"
STEP_FAILURE = "Step failure: One or multiple steps failed."
FINAL = (SUCCEEDED, FAILED, STOPPED)
_ID_LENGTH = 12


@dataclass
class StepRun:
    """One step within an execution.

    Attributes:
        status: None while it waits; then Starting, Executing, Stopping, Succeeded, Failed or Stopped.
        skipped: it stands in a branch that was not taken, or needs a step that was skipped.
        metadata: what the API shows: job ARNs, a condition's outcome, …
        job: the running job, to stop it.

    """

    step: Step
    status: str | None = None
    skipped: bool = False
    started: datetime | None = None
    ended: datetime | None = None
    failure_reason: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    cache_source: str | None = None
    attempts: int = 0
    order: int = 0
    job: "Job | None" = None

    @property
    def done(self) -> bool:
        """Whether nothing more happens to it."""
        return self.skipped or self.status in FINAL

    def entry(self) -> dict[str, Any]:
        """The step's entry in ListPipelineExecutionSteps."""
        return {
            "StepName": self.step.name,
            "StepDisplayName": self.step.display_name,
            "StepDescription": self.step.description,
            "StartTime": self.started,
            "EndTime": self.ended,
            "StepStatus": self.status,
            "CacheHitResult": {"SourcePipelineExecutionArn": self.cache_source} if self.cache_source else None,
            "FailureReason": self.failure_reason,
            "Metadata": self.metadata,
            "AttemptCount": self.attempts,
        }


class Execution(Resource):
    """A running or finished execution.

    ``changed`` is notified when a step ends or the execution is asked to stop; it also guards the state.

    Attributes:
        id: twelve letters and digits.
        given: the parameters that were given at the start, as text.
        values: what the definition's expressions refer to.
        steps: the steps' runs, in the definition's order.

    """

    def __init__(
        self,
        pipeline: "Pipeline",
        definition: Definition,
        *,
        version: int,
        parameters: dict[str, Any],
        given: dict[str, str],
        caller: dict[str, Any],
        role_arn: str,
    ) -> None:
        self.id = random_id(_ID_LENGTH)
        super().__init__(f"{pipeline.arn}/execution/{self.id}", tags=[dict(tag) for tag in pipeline.tags])
        self.pipeline = pipeline
        self.definition = definition
        self.version = version
        self.role_arn = role_arn
        self.given = given
        self.status = EXECUTING
        self.failure_reason: str | None = None
        self.description: str | None = None
        self.parallelism: dict[str, Any] | None = None
        self.created = self.modified = now()
        self.display_name = f"execution-{int(self.created.timestamp() * 1000)}"
        self.created_by = self.modified_by = caller
        self.retry_token: str | None = None
        self.changed = Condition()
        self.steps = {name: StepRun(step) for name, step in definition.steps.items()}
        self.values = Values(
            parameters=parameters,
            execution={
                "PipelineExecutionId": self.id,
                "PipelineExecutionArn": self.arn,
                "PipelineName": pipeline.name,
                "PipelineArn": pipeline.arn,
                "StartDateTime": self.created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            },
        )

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it, unless it is retried."""
        return self.status in FINAL

    def describe(self) -> dict[str, Any]:
        """The answer of DescribePipelineExecution."""
        return {
            "PipelineArn": self.pipeline.arn,
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionDisplayName": self.display_name,
            "PipelineExecutionStatus": self.status,
            "PipelineExecutionDescription": self.description,
            "PipelineExperimentConfig": self._experiment(),
            "FailureReason": self.failure_reason,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "CreatedBy": self.created_by,
            "LastModifiedBy": self.modified_by,
            "ParallelismConfiguration": self.parallelism,
            "PipelineVersionId": self.version,
            "RoleArn": self.role_arn,
        }

    def _experiment(self) -> dict[str, str] | None:
        """Names of the experiment and trial, in small letters as SageMaker writes them; none are created."""
        if self.definition.experiment is None:
            return None
        named = self.values.resolve(self.definition.experiment, _unreadable)
        return {member: str(name).lower() for member, name in named.items()}

    def summary(self) -> dict[str, Any]:
        """The execution's entry in ListPipelineExecutions."""
        return {
            "PipelineExecutionArn": self.arn,
            "StartTime": self.created,
            "PipelineExecutionStatus": self.status,
            "PipelineExecutionDescription": self.description,
            "PipelineExecutionDisplayName": self.display_name,
            "PipelineExecutionFailureReason": self.failure_reason,
        }

    def parameter_list(self) -> list[dict[str, str]]:
        """The answer of ListPipelineParametersForExecution: every parameter with its value."""
        return [{"Name": name, "Value": _text(value)} for name, value in self.values.parameters.items()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _unreadable(uri: str) -> str:
    raise ExpressionError(f"an experiment's name cannot be read from {uri}")
