"""Who has let an execution of the pipeline go on to production."""

from typing import Any

from deploy.context import Context


def read(context: Context) -> dict[str, Any] | None:
    """Who, when and in which words; None outside a pipeline."""
    if context.pipeline_name is None or context.pipeline_execution_id is None:
        return None
    request: dict[str, Any] = {
        "pipelineName": context.pipeline_name,
        "filter": {"pipelineExecutionId": context.pipeline_execution_id},
    }
    codepipeline = context.client("codepipeline")
    while True:
        page = codepipeline.list_action_executions(**request)
        for action in page["actionExecutionDetails"]:
            if action["input"]["actionTypeId"]["category"] == "Approval" and action["status"] == "Succeeded":
                result = action.get("output", {}).get("executionResult", {})
                return {
                    "by": action.get("updatedBy", "unknown"),
                    "at": action["lastUpdateTime"].isoformat(timespec="seconds"),
                    "words": result.get("externalExecutionSummary", ""),
                }
        if not page.get("nextToken"):
            return None
        request["nextToken"] = page["nextToken"]
