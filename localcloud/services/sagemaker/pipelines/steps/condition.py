"""Condition steps."""

from typing import Any

from localcloud.services.sagemaker.pipelines import conditions
from localcloud.services.sagemaker.pipelines.steps.context import StepContext, StepFailedError


def run(context: StepContext) -> dict[str, Any]:
    """Evaluate the conditions; the engine then takes one of the branches."""
    try:
        outcome = conditions.evaluate(context.step.arguments["Conditions"], context.resolve)
    except conditions.ConditionError as error:
        raise StepFailedError(f"ClientError: {error}") from error
    context.run.metadata = {"Condition": {"Outcome": str(outcome)}}
    return {"Outcome": outcome}
