"""Step caching: a step with the same arguments as one that succeeded lately does not run again.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from localcloud.services.sagemaker.pipelines.definition import Step
from localcloud.services.sagemaker.pipelines.execution import Execution, StepRun
from localcloud.services.sagemaker.pipelines.steps.context import StepContext
from localcloud.services.sagemaker.resources import now
from localcloud.services.sagemaker.store import SageMakerStore

_KINDS = ("Processing", "Training")


@dataclass(frozen=True)
class CachedStep:
    """The result of a step that succeeded."""

    source_arn: str
    output: dict[str, Any]
    metadata: dict[str, Any]
    ended: datetime


def key(context: StepContext) -> str | None:
    """What identifies a step's result: its pipeline, name, arguments' values; None when it is not cached."""
    step = context.step
    if step.type not in _KINDS:
        return None
    arguments = context.resolve(step.arguments)
    return json.dumps([context.execution.pipeline.arn, step.name, step.type, arguments], sort_keys=True)


def find(store: SageMakerStore, execution: Execution, step: Step, key: str) -> CachedStep | None:
    """The result of an earlier execution, unless it is older than the step's ExpireAfter."""
    found = store.cached_steps.get(key)
    if found is None or found.source_arn == execution.arn:
        return None
    seconds = step.cache_seconds if step.cache_seconds is not None else 0.0
    if seconds != float("inf") and now() - found.ended > timedelta(seconds=seconds):
        return None
    return found


def keep(store: SageMakerStore, execution: Execution, run: StepRun, key: str, output: dict[str, Any]) -> None:
    """Keep the result of a step that has just succeeded."""
    store.cached_steps[key] = CachedStep(execution.arn, output, dict(run.metadata), now())
