"""Start an execution of the pipeline once per commit, and follow it to its end."""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.settings import Settings

UNSUCCESSFUL = ("Failed", "Stopped")
FINISHED = ("Succeeded", *UNSUCCESSFUL)


def start(settings: Settings, definition: str, parameters: Mapping[str, str], sagemaker: Any) -> str:
    """Start this commit's execution and return its ARN.

    Starting the same commit, definition and parameters again returns the execution that is under way or has succeeded:
    the request token is derived from them. Only after a failed or stopped attempt does it start a new one.
    """
    values = [f"{key}={value}" for key, value in sorted(parameters.items())]
    request = _digest(settings.pipeline_name, settings.commit, definition, *values)
    description = f"{settings.repository} at {settings.commit}, request {request[:16]}"
    attempt = 1 + _unsuccessful(settings.pipeline_name, description, sagemaker)
    name = _display_name(settings.commit)
    response = sagemaker.start_pipeline_execution(
        PipelineName=settings.pipeline_name,
        PipelineExecutionDisplayName=name if attempt == 1 else f"{name}-attempt-{attempt}",
        PipelineExecutionDescription=description,
        PipelineParameters=[{"Name": key, "Value": value} for key, value in sorted(parameters.items())],
        ClientRequestToken=_digest(request, str(attempt)),
    )
    arn: str = response["PipelineExecutionArn"]
    return arn


def wait(
    arn: str,
    sagemaker: Any,
    poll_seconds: float,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Tell each step's progress until the execution ends; return its status."""
    told: dict[str, str] = {}
    while True:
        status: str = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
        for step in steps(arn, sagemaker):
            if told.get(step["StepName"]) != step["StepStatus"]:
                told[step["StepName"]] = step["StepStatus"]
                say(f"{step['StepName']}: {step['StepStatus']}")
        if status in FINISHED:
            return status
        sleep(poll_seconds)


def failures(arn: str, sagemaker: Any) -> list[str]:
    """Return why the execution did not succeed: one line for each failed step, or the execution's own reason."""
    lines = [
        f"{step['StepName']}: {step.get('FailureReason', 'no reason given')}"
        for step in steps(arn, sagemaker)
        if step["StepStatus"] == "Failed"
    ]
    if lines:
        return lines
    execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    return [execution.get("FailureReason") or f"the execution is {execution['PipelineExecutionStatus']}"]


def steps(arn: str, sagemaker: Any) -> list[dict[str, Any]]:
    """Return the steps that have started, the first one first."""
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    return [step for page in pages for step in page["PipelineExecutionSteps"]]


def _display_name(commit: str) -> str:
    """Return a name that the API takes: letters and digits, single hyphens between."""
    dirty = "-dirty" if commit.endswith("-dirty") else ""
    return f"commit-{re.sub('[^A-Za-z0-9]', '', commit.removesuffix(dirty))[:12]}{dirty}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _unsuccessful(pipeline_name: str, description: str, sagemaker: Any) -> int:
    """Count the executions of this very request that failed or were stopped."""
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=pipeline_name)
    return sum(
        execution["PipelineExecutionStatus"] in UNSUCCESSFUL
        for page in pages
        for execution in page["PipelineExecutionSummaries"]
        if execution.get("PipelineExecutionDescription") == description
    )
