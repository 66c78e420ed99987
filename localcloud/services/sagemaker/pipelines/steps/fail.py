"""Fail steps."""

from typing import Any

from localcloud.services.sagemaker.pipelines.evaluation import as_text
from localcloud.services.sagemaker.pipelines.steps.context import StepContext, StepFailedError


def run(context: StepContext) -> dict[str, Any]:
    """End the execution as failed, with the step's message.

    Raises:
        StepFailedError: always.

    """
    message = as_text(context.resolve(context.step.arguments.get("ErrorMessage", "")))
    context.run.metadata = {"Fail": {"ErrorMessage": message}}
    raise StepFailedError(message)
