"""Ending the pipeline's execution when there is nothing to deploy: neither a failure, nor something to approve."""

from collections.abc import Callable
from typing import Any

from deploy.context import Context
from deploy.errors import NothingApprovedError

EVENT = "CloudWatchEvent"  # CodePipeline's word for a rule of EventBridge


def pipeline(context: Context, reason: str, say: Callable[[str], None]) -> None:
    """Stop the execution after this action; its status is then Stopped, with the reason.

    Raises:
        NothingApprovedError: outside a pipeline, where there is nothing to stop.

    """
    if context.pipeline_name is None or context.pipeline_execution_id is None:
        raise NothingApprovedError(reason)
    say(f"Nothing to deploy: {reason}")
    context.client("codepipeline").stop_pipeline_execution(
        pipelineName=context.pipeline_name,
        pipelineExecutionId=context.pipeline_execution_id,
        abandon=False,
        reason=reason[:200],
    )


def was_event(context: Context) -> bool:
    """Whether a change in the model registry started this execution, not a push or a person."""
    if context.pipeline_name is None or context.pipeline_execution_id is None:
        return False
    codepipeline = context.client("codepipeline")
    listed: Any = codepipeline.list_pipeline_executions(pipelineName=context.pipeline_name, maxResults=25)
    for summary in listed["pipelineExecutionSummaries"]:
        if summary["pipelineExecutionId"] == context.pipeline_execution_id:
            return bool((summary.get("trigger") or {}).get("triggerType") == EVENT)
    return False
