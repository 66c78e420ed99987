"""What the services say about when things happened, gathered at the end for the report's timeline."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from demo import evidence
from demo.report.model import Span, State
from demo.scene import Scene

# CodeBuild lists some phases that take no time on the local cloud; a timeline without them is easier to read.
_NOTICEABLE = timedelta(seconds=0.05)
_PLATFORM = re.compile(r'\{"time": ?"(?P<time>[^"]+)", ?"type": ?"platform\.(?P<kind>\w+)"')
_DONE = re.compile(r"(?:Creation|Read|Modifications) complete after ")
_STATES = {"SUCCEEDED": State.SUCCEEDED, "FAILED": State.FAILED, "FAULT": State.FAILED, "TIMED_OUT": State.FAILED}


def gather(scene: Scene) -> list[Span]:
    """Everything after package 1, lane by lane; what does not exist (yet) is left out."""
    if not scene.project.identifier:
        return []
    spans = [*_cloudformation(scene), *_runner(scene), *_lambda(scene)]
    if any(delivery.execution for delivery in scene.report.deliveries):
        builds = [delivery.build for delivery in scene.report.deliveries if delivery.build]
        spans += [*_codepipeline(scene, scene.pipeline, "CodePipeline"), *_codebuild(scene, builds, "CodeBuild")]
    return spans + _sagemaker(scene) + _deployment(scene)


def _cloudformation(scene: Scene) -> list[Span]:
    if not scene.project.stack:
        return []
    events = scene.engineer("cloudformation").get_paginator("describe_stack_events")
    began: dict[str, dict[str, Any]] = {}
    spans = []
    found = [event for page in events.paginate(StackName=scene.project.stack) for event in page["StackEvents"]]
    for event in sorted(found, key=lambda event: event["Timestamp"]):
        name, status = event["LogicalResourceId"], event["ResourceStatus"]
        if status.endswith("IN_PROGRESS"):
            began.setdefault(name, event)
        elif name in began:
            state = State.FAILED if "FAILED" in status or "ROLLBACK" in status else State.SUCCEEDED
            kind = event["ResourceType"].rsplit("::", 1)[-1]
            label = name if kind == "Stack" else f"{name} ({kind})"
            reason = event.get("ResourceStatusReason", "")
            spans.append(
                Span("CloudFormation", label, began[name]["Timestamp"], event["Timestamp"], state, reason)
            )
    return sorted(spans, key=lambda span: span.started)


def _runner(scene: Scene) -> list[Span]:
    """The run's phases, and the resources Terraform told of, by the time of their log lines (whole seconds)."""
    lines = evidence.log_lines(scene, evidence.RUNNER_LOG, stream=f"{scene.project.identifier}/")
    phases = [line for line in lines if line.words.startswith("== ")]
    ends = [line.time for line in phases[1:]] + ([lines[-1].time] if lines else [])
    spans = [
        Span("Runner", line.words.removeprefix("== "), line.time, end)
        for line, end in zip(phases, ends, strict=True)
    ]
    return spans + _resources(lines, "Terraform, package 2")


def _resources(lines: list[evidence.LogLine], lane: str) -> list[Span]:
    """What Terraform tells of the resources that it makes."""
    began: dict[str, datetime] = {}
    spans = []
    for line in lines:
        address, _, words = line.words.partition(": ")
        if words.startswith("Creating..."):
            began[address] = line.time
        elif _DONE.match(words) and address in began:
            spans.append(Span(lane, address, began[address], line.time))
    return spans


def _lambda(scene: Scene) -> list[Span]:
    """Start of the environment and run of the function, by the platform events in its log."""
    times: dict[str, datetime] = {}
    for line in evidence.log_lines(scene, f"/aws/lambda/{scene.prefix}-seed"):
        if match := _PLATFORM.match(line.words):
            times.setdefault(match["kind"], datetime.fromisoformat(match["time"]))
    parts = [("start of the environment", "initStart", "start"), ("seed-repository", "start", "report")]
    return [
        Span("Lambda", name, times[begin], times[end])
        for name, begin, end in parts
        if begin in times and end in times
    ]


def _codepipeline(scene: Scene, pipeline: str, lane: str) -> list[Span]:
    actions = scene.engineer("codepipeline").list_action_executions(pipelineName=pipeline)
    return _sorted(
        Span(
            lane,
            f"{action['stageName']}",
            action["startTime"],
            action.get("lastUpdateTime", action["startTime"]),
            _STATES.get(action["status"].upper(), State.RUNNING),
            action.get("output", {}).get("executionResult", {}).get("externalExecutionSummary", ""),
        )
        for action in actions["actionExecutionDetails"]
    )


def _codebuild(scene: Scene, builds: list[str], lane: str) -> list[Span]:
    if not builds:
        return []
    return _sorted(
        Span(
            lane,
            phase["phaseType"],
            phase["startTime"],
            phase["endTime"],
            _STATES.get(phase.get("phaseStatus", ""), State.RUNNING),
        )
        for build in scene.engineer("codebuild").batch_get_builds(ids=builds)["builds"]
        for phase in build["phases"]
        if "endTime" in phase and phase["endTime"] - phase["startTime"] > _NOTICEABLE
    )


def _deployment(scene: Scene) -> list[Span]:
    """The deploy pipeline's stages, and what Terraform makes in each environment."""
    if scene.report.deployment is None or not scene.report.deployment.execution:
        return []
    spans = _codepipeline(scene, scene.deploy_pipeline, "Deploy pipeline")
    for environment in ("staging", "prod"):
        lines = evidence.log_lines(scene, f"/aws/codebuild/{scene.deploy_pipeline}-{environment}")
        spans += _resources(lines, "Terraform, endpoints")
    return spans


def _sagemaker(scene: Scene) -> list[Span]:
    return _sorted(
        Span("SageMaker", step.name, step.started, step.ended, step.state, step.detail)
        for delivery in scene.report.deliveries
        for step in delivery.steps
        if step.started is not None and step.ended is not None
    )


def _sorted(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: span.started)
