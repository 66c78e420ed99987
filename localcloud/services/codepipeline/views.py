"""Executions and states as the API describes them."""

from typing import Any

from localcloud.services.codebuild.build import Location
from localcloud.services.codepipeline.pipelines import Pipeline
from localcloud.services.codepipeline.records import ActionExecution, Execution, Revision


def execution(item: Execution) -> dict[str, Any]:
    """GetPipelineExecution."""
    return _present(
        {
            "pipelineName": item.name,
            "pipelineVersion": item.pipeline["version"],
            "pipelineExecutionId": item.id,
            "status": item.status,
            "statusSummary": item.status_summary,
            "artifactRevisions": [
                {
                    "name": revision.artifact,
                    "revisionId": revision.commit,
                    "revisionSummary": revision.summary,
                    "created": revision.created,
                    "revisionUrl": revision.url,
                }
                for revision in item.revisions.values()
            ],
            "variables": [{"name": name, "resolvedValue": value} for name, value in item.variables.items()],
            "trigger": item.trigger.shape(),
            "executionMode": item.mode,
            "executionType": "STANDARD",
        }
    )


def summary(item: Execution) -> dict[str, Any]:
    """One of ListPipelineExecutions."""
    return _present(
        {
            "pipelineExecutionId": item.id,
            "status": item.status,
            "statusSummary": item.status_summary,
            "startTime": item.start,
            "lastUpdateTime": item.updated,
            "sourceRevisions": [_source_revision(revision) for revision in item.revisions.values()],
            "trigger": item.trigger.shape(),
            "stopTrigger": {"reason": item.stop_reason} if item.stop_reason else None,
            "executionMode": item.mode,
            "executionType": "STANDARD",
        }
    )


def _source_revision(revision: Revision) -> dict[str, Any]:
    return {
        "actionName": revision.action,
        "revisionId": revision.commit,
        "revisionSummary": revision.summary,
        "revisionUrl": revision.url,
    }


def action_execution(item: ActionExecution) -> dict[str, Any]:
    """One of ListActionExecutions."""
    action = item.action
    result = _present(
        {
            "externalExecutionId": item.external_id,
            "externalExecutionSummary": item.external_summary,
            "externalExecutionUrl": item.external_url,
            "errorDetails": item.error,
            "logStreamARN": item.log_stream_arn,
        }
    )
    return _present(
        {
            "pipelineExecutionId": item.pipeline_execution_id,
            "actionExecutionId": item.id,
            "pipelineVersion": item.pipeline_version,
            "stageName": item.stage,
            "actionName": item.name,
            "startTime": item.start,
            "lastUpdateTime": item.updated,
            "updatedBy": item.updated_by,
            "status": item.status,
            "input": _present(
                {
                    "actionTypeId": action["actionTypeId"],
                    "configuration": action["configuration"],
                    "resolvedConfiguration": item.configuration,
                    "roleArn": action.get("roleArn"),
                    "region": action.get("region"),
                    "inputArtifacts": _artifacts(item.inputs),
                    "namespace": action.get("namespace"),
                }
            ),
            "output": {
                "outputArtifacts": _artifacts(item.outputs),
                "executionResult": result,
                "outputVariables": item.variables,
            },
        }
    )


def _artifacts(locations: dict[str, Location]) -> list[dict[str, Any]]:
    return [
        {"name": name, "s3location": {"bucket": location.bucket, "key": location.key}}
        for name, location in locations.items()
    ]


def state(pipeline: Pipeline) -> dict[str, Any]:
    """GetPipelineState."""
    definition = pipeline.definition
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": definition["version"],
        "stageStates": [_stage(pipeline, stage) for stage in definition["stages"]],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def _stage(pipeline: Pipeline, stage: dict[str, Any]) -> dict[str, Any]:
    gate = pipeline.gate(stage["name"])
    transition = gate.transition
    waiting = [{"pipelineExecutionId": item.id, "status": item.status} for item in list(gate.waiting)]
    latest = pipeline.latest_stages.get(stage["name"])
    shape: dict[str, Any] = {
        "stageName": stage["name"],
        "inboundTransitionState": _present(
            {
                "enabled": transition.enabled,
                "lastChangedBy": transition.changed_by,
                "lastChangedAt": transition.changed_at,
                "disabledReason": transition.reason,
            }
        ),
        "actionStates": [_action(pipeline, stage["name"], action) for action in stage["actions"]],
    }
    if waiting:
        shape |= {"inboundExecution": waiting[-1], "inboundExecutions": waiting}
    if latest is not None:
        shape["latestExecution"] = {
            "pipelineExecutionId": latest.pipeline_execution_id,
            "status": latest.status,
            "type": "STANDARD",
        }
    return shape


def _action(pipeline: Pipeline, stage: str, action: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = {"actionName": action["name"]}
    latest = pipeline.latest_actions.get((stage, action["name"]))
    if latest is None:
        return shape
    shape["latestExecution"] = _present(
        {
            "actionExecutionId": latest.id,
            "status": latest.status,
            "summary": latest.summary,
            "lastStatusChange": latest.updated,
            "token": latest.token,
            "lastUpdatedBy": latest.updated_by,
            "externalExecutionId": latest.external_id,
            "externalExecutionUrl": latest.external_url,
            "errorDetails": latest.error,
            "logStreamARN": latest.log_stream_arn,
        }
    )
    if latest.external_url:
        shape["entityUrl"] = latest.external_url
    if latest.revision is not None:
        shape["currentRevision"] = {
            "revisionId": latest.revision.commit,
            "revisionChangeId": latest.revision.commit,
            "created": latest.revision.created,
        }
        shape["revisionUrl"] = latest.revision.url
    return shape


def _present(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None}
