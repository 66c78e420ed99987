"""Why something failed: run records, stack events, logs; gathered where a person would look."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from demo.errors import DemoError
from demo.scene import PREFIX, Scene

RUNNER_LOG = f"/{PREFIX}/runner"
_TAIL = 20


@dataclass(frozen=True)
class LogLine:
    """A line of a log group."""

    time: datetime
    stream: str
    words: str


@dataclass(frozen=True)
class RunRecord:
    """A run record of the runner, beside the project's state."""

    location: str
    content: dict[str, Any]


def log_lines(scene: Scene, group: str, *, stream: str = "", limit: int = 10_000) -> list[LogLine]:
    """Lines of a log group, oldest first; none while the group does not exist."""
    arguments: dict[str, Any] = {"logGroupName": group, "PaginationConfig": {"MaxItems": limit}}
    if stream:
        arguments["logStreamNamePrefix"] = stream
    try:
        pages = list(scene.engineer("logs").get_paginator("filter_log_events").paginate(**arguments))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise
    return [
        LogLine(datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["logStreamName"], line)
        for page in pages
        for event in page["events"]
        for line in event["message"].splitlines() or [""]
    ]


def tail(scene: Scene, group: str, *, stream: str = "") -> list[str]:
    """The last lines of a log, for a person."""
    return [line.words for line in log_lines(scene, group, stream=stream)[-_TAIL:]]


def run_record(scene: Scene) -> RunRecord | None:
    """The newest run record of the project; None when there was no run."""
    s3 = scene.engineer("s3")
    prefix = f"projects/{scene.project.identifier}/runs/"
    found = s3.list_objects_v2(Bucket=scene.state_bucket, Prefix=prefix).get("Contents", [])
    if not found:
        return None
    key = max(item["Key"] for item in found)
    body = s3.get_object(Bucket=scene.state_bucket, Key=key)["Body"].read()
    return RunRecord(f"s3://{scene.state_bucket}/{key}", json.loads(body))


def read_object(scene: Scene, address: str) -> bytes:
    """Content of the object at an S3 address."""
    bucket, key = address.removeprefix("s3://").split("/", 1)
    return bytes(scene.engineer("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def of_failed_project(scene: Scene, described: dict[str, Any]) -> DemoError:
    """Why the project could not be created: the run's reason, else CloudFormation's, else Service Catalog's."""
    details = described.get("ServiceCatalogProvisionedProductDetails", {})
    reasons = [details.get("ProvisionedProductStatusMessage", "")]
    if scene.project.stack:
        events = scene.engineer("cloudformation").describe_stack_events(StackName=scene.project.stack)[
            "StackEvents"
        ]
        failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
        reasons += [event.get("ResourceStatusReason", "") for event in failed]
    record = run_record(scene)
    if record is not None:
        reasons.append(record.content.get("reason") or "")
    reason = next((words for words in reversed(reasons) if words), "no reason was given")
    log = tail(scene, RUNNER_LOG, stream=scene.project.identifier)
    if not log or "seed" in reason.lower():
        log += tail(scene, f"/aws/lambda/{scene.prefix}-seed")
    return DemoError(f"The project ended as {described['ProjectStatus']}. {reason}", log[-_TAIL:])


def of_failed_build(scene: Scene, build: dict[str, Any]) -> DemoError:
    """Why a build failed: the contexts of its failed phases, and the end of its log."""
    contexts = [
        f"{phase['phaseType']}: {context.get('message', '')}"
        for phase in build.get("phases", [])
        if phase.get("phaseStatus") not in (None, "SUCCEEDED")
        for context in phase.get("contexts", [])
    ]
    logs = build.get("logs", {})
    log = tail(scene, logs["groupName"], stream=logs.get("streamName", "")) if logs.get("groupName") else []
    return DemoError(f"The build {build['id']} ended as {build['buildStatus']}. {'; '.join(contexts)}", log)


def of_failed_execution(scene: Scene, pipeline: str, execution: str, status: str) -> DemoError:
    """Why an execution of a pipeline did not succeed: its failed build, or what its actions say."""
    actions = scene.engineer("codepipeline").list_action_executions(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )["actionExecutionDetails"]
    reasons = []
    for action in actions:
        result = action.get("output", {}).get("executionResult", {})
        if action["status"] != "Failed":
            continue
        provider = action.get("input", {}).get("actionTypeId", {}).get("provider")
        if provider == "CodeBuild" and (build := result.get("externalExecutionId")):
            found = scene.engineer("codebuild").batch_get_builds(ids=[build])["builds"][0]
            if found["buildStatus"] != "SUCCEEDED":
                return of_failed_build(scene, found)
        message = result.get("errorDetails", {}).get("message", "failed")
        reasons.append(f"{action['stageName']}/{action['actionName']}: {message}")
    return DemoError(f"The pipeline execution ended as {status}. {'; '.join(reasons)}".rstrip())
