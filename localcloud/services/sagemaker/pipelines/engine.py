"""Running an execution: each step as soon as what it needs is there, independent ones side by side."""

import json
import logging
from collections.abc import Callable
from typing import Any

from localcloud.cloud import Cloud
from localcloud.services.sagemaker.pipelines import cache, linking
from localcloud.services.sagemaker.pipelines.announcements import Announcements
from localcloud.services.sagemaker.pipelines.execution import (
    EXECUTING,
    FAILED,
    STEP_FAILURE,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    Execution,
    StepRun,
)
from localcloud.services.sagemaker.pipelines.steps import condition, fail, processing, register_model, training
from localcloud.services.sagemaker.pipelines.steps.context import StepContext, StepFailedError, StepStoppedError
from localcloud.services.sagemaker.resources import now
from localcloud.services.sagemaker.store import SageMakerStore

_log = logging.getLogger(__name__)
_LONGEST_REASON = 1024
_WAKE_SECONDS = 1.0

RUNNERS: dict[str, Callable[[StepContext], dict[str, Any]]] = {
    "Processing": processing.run,
    "Training": training.run,
    "Condition": condition.run,
    "RegisterModel": register_model.run,
    "Fail": fail.run,
}


class Engine:
    """Drives one execution until it is Succeeded, Failed or Stopped.

    When a step fails no further step starts; those that run are waited for, and the execution has failed.
    """

    def __init__(self, cloud: Cloud, store: SageMakerStore, execution: Execution) -> None:
        self._cloud = cloud
        self._store = store
        self._execution = execution
        self._announcements = Announcements(cloud, store, execution)
        self._needs = linking.dependencies(execution.definition)
        limit = (execution.parallelism or {}).get("MaxParallelExecutionSteps")
        self._limit = int(limit) if limit else len(execution.steps)

    def start(self) -> None:
        """Run in a thread of its own."""
        self._announcements.execution(None)
        self._cloud.spawn(self._execution.arn, self._run)

    def _run(self) -> None:
        execution = self._execution
        with execution.changed:
            while not self._cloud.stopping:
                self._skip()
                running = [run for run in execution.steps.values() if run.status is not None and not run.done]
                ready = self._ready()
                if not running and not ready:
                    break
                for run in ready[: self._limit - len(running)]:
                    self._begin(run)
                execution.changed.wait(_WAKE_SECONDS)
            previous = execution.status
            if not self._cloud.stopping:
                self._conclude()
        self._announcements.execution(previous)

    def _skip(self) -> None:
        """Mark what cannot run any more: steps of the branch not taken, and what needs them."""
        steps = self._execution.steps
        progress = True
        while progress:
            progress = False
            for run in steps.values():
                if run.status is None and not run.skipped and self._is_skipped(run):
                    run.skipped = progress = True

    def _is_skipped(self, run: StepRun) -> bool:
        steps = self._execution.steps
        if any(steps[name].skipped for name in self._needs[run.step.name]):
            return True
        branch = run.step.branch
        if branch is None or steps[branch.condition].status != SUCCEEDED:
            return False
        return bool(self._execution.values.outputs[branch.condition]["Outcome"]) != branch.outcome

    def _ready(self) -> list[StepRun]:
        steps = self._execution.steps
        if self._execution.status != EXECUTING or any(run.status in (FAILED, STOPPED) for run in steps.values()):
            return []
        return [
            run
            for name, run in steps.items()
            if run.status is None
            and not run.skipped
            and all(steps[need].status == SUCCEEDED for need in self._needs[name])
        ]

    def _begin(self, run: StepRun) -> None:
        run.status = "Starting"
        run.started = now()
        run.attempts += 1
        run.order = max(other.order for other in self._execution.steps.values()) + 1
        self._cloud.spawn(f"{self._execution.arn}/{run.step.name}", self._run_step, run)

    def _run_step(self, run: StepRun) -> None:
        reason: str | None = None
        try:
            status = self._attempt(run)
        except StepStoppedError:
            status = STOPPED
        except StepFailedError as error:
            status, reason = FAILED, str(error)
        except Exception as error:  # noqa: BLE001 - the step's top: it must end in a final state, with a reason
            if not self._cloud.stopping:
                _log.exception("step %s of %s", run.step.name, self._execution.arn)
            status, reason = FAILED, f"InternalServerError: {error!r}"
        with self._execution.changed:
            run.status = status
            run.failure_reason = reason[:_LONGEST_REASON] if reason else None
            run.ended = now()
            self._execution.changed.notify_all()
        self._announcements.step(run, EXECUTING)

    def _attempt(self, run: StepRun) -> str:
        execution = self._execution
        context = StepContext(self._cloud, self._store, execution, run)
        with execution.changed:
            if execution.status == STOPPING:
                return STOPPED
            run.status = EXECUTING
        self._announcements.step(run, "Starting")
        key = cache.key(context) if run.step.cache_seconds is not None else None
        hit = cache.find(self._store, execution, run.step, key) if key else None
        if hit is not None:
            run.cache_source, run.metadata, output = hit.source_arn, hit.metadata, hit.output
        else:
            output = RUNNERS[run.step.type](context)
        self._keep(run, output)
        if key and hit is None:
            cache.keep(self._store, execution, run, key, output)
        return SUCCEEDED

    def _keep(self, run: StepRun, output: dict[str, Any]) -> None:
        values = self._execution.values
        with self._execution.changed:
            values.outputs[run.step.name] = json.loads(json.dumps(output, default=str))
            outputs = output.get("ProcessingOutputConfig", {}).get("Outputs", [])
            uris = {item["OutputName"]: item["S3Output"]["S3Uri"] for item in outputs if "S3Output" in item}
            for file in run.step.property_files:
                values.property_files[(run.step.name, file.name)] = f"{uris[file.output].rstrip('/')}/{file.path}"

    def _conclude(self) -> None:
        execution = self._execution
        failed = any(run.status == FAILED for run in execution.steps.values())
        if execution.status == STOPPING:
            execution.status = STOPPED
        elif failed:
            execution.status, execution.failure_reason = FAILED, STEP_FAILURE
        elif any(run.status == STOPPED for run in execution.steps.values()):
            execution.status = STOPPED
        else:
            execution.status = SUCCEEDED
        execution.modified = now()
        execution.changed.notify_all()


def stop(execution: Execution) -> None:
    """Ask a running execution to stop; running steps are told through the execution's status."""
    with execution.changed:
        execution.status = STOPPING
        execution.modified = now()
        for run in execution.steps.values():
            if run.status in ("Starting", EXECUTING):
                run.status = STOPPING
        execution.changed.notify_all()


def reset(execution: Execution) -> None:
    """Prepare a failed or stopped execution for another attempt: what succeeded is kept."""
    with execution.changed:
        execution.status, execution.failure_reason = EXECUTING, None
        execution.modified = now()
        for run in execution.steps.values():
            run.skipped = False
            if run.status != SUCCEEDED:
                run.status = run.started = run.ended = run.failure_reason = None
                run.metadata = {}
