"""Events about executions and their steps."""

from typing import Any

from localcloud.cloud import Cloud
from localcloud.services.sagemaker import eventbridge
from localcloud.services.sagemaker.pipelines.execution import Execution, StepRun
from localcloud.services.sagemaker.store import SageMakerStore

_EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
_STEP = "SageMaker Model Building Pipeline Execution Step Status Change"


class Announcements:
    """Puts the events of one execution on EventBridge and publishes them in the local cloud."""

    def __init__(self, cloud: Cloud, store: SageMakerStore, execution: Execution) -> None:
        self._cloud = cloud
        self._store = store
        self._execution = execution
        self._resources = [execution.pipeline.arn, execution.arn]

    def execution(self, previous: str | None) -> None:
        """The execution's status has changed."""
        execution = self._execution
        ended = execution.modified if execution.ended else None
        detail = {
            "pipelineExecutionDisplayName": execution.display_name,
            "pipelineExecutionDescription": execution.description,
            "currentPipelineExecutionStatus": execution.status,
            "previousPipelineExecutionStatus": previous,
            "executionStartTime": execution.created,
            "executionEndTime": ended,
            "pipelineArn": execution.pipeline.arn,
            "pipelineExecutionArn": execution.arn,
        }
        self._put(_EXECUTION, detail)
        self._cloud.events.publish(
            "sagemaker.pipeline-execution",
            {"arn": execution.arn, "pipeline": execution.pipeline.name, "status": execution.status},
        )

    def step(self, run: StepRun, previous: str | None) -> None:
        """A step's status has changed."""
        metadata = {
            _lower(kind): {_lower(key): item for key, item in value.items()}
            for kind, value in run.metadata.items()
        }
        detail = {
            "metadata": metadata,
            "stepStartTime": run.started,
            "stepEndTime": run.ended,
            "stepName": run.step.name,
            "stepType": run.step.type,
            "previousStepStatus": previous,
            "currentStepStatus": run.status,
            "failureReason": run.failure_reason,
            "cacheHitResult": {"sourcePipelineExecutionArn": run.cache_source} if run.cache_source else None,
            "pipelineArn": self._execution.pipeline.arn,
            "pipelineExecutionArn": self._execution.arn,
        }
        self._put(_STEP, detail)

    def _put(self, detail_type: str, detail: dict[str, Any]) -> None:
        eventbridge.put(self._cloud, self._store, detail_type, self._resources, detail)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
