"""Step 6: a commit goes through CodePipeline and CodeBuild; and the change that makes it happen again."""

from typing import Any

from botocore.exceptions import ClientError

from demo import evidence, repository
from demo.report.model import Delivery, State
from demo.scene import Activity, Scene, until

ENDED = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
_TRIGGERS = {
    "CreatePipeline": "the creation of the pipeline",
    "StartPipelineExecution": "a person",
    "CloudWatchEvent": "a rule of EventBridge",
    "WebhookV2": "the push",
    "Webhook": "the push",
}


def follow(scene: Scene, number: int) -> Activity:
    """Follow the execution of the first (0) or second (1) commit until its build has ended."""
    step = scene.journey.step(6, again=number > 0)
    yield from until(lambda: scene.delivery(number) is not None)
    delivery = scene.report.deliveries[number]
    delivery.pipeline = scene.pipeline
    execution: dict[str, Any] = {}
    while execution.get("status") not in ENDED:
        found = executions(scene, scene.pipeline)
        execution = found[number] if len(found) > number else {}
        if execution:
            scene.journey.start(step)
            delivery.execution = execution["pipelineExecutionId"]
            delivery.trigger = trigger(execution)
            delivery.state = State.RUNNING
            scene.journey.note(step, _where(scene, delivery))
        yield
    if execution["status"] != "Succeeded":
        delivery.state = State.FAILED
        raise evidence.of_failed_execution(scene, scene.pipeline, delivery.execution, execution["status"])
    build = _build(scene, delivery)
    yield from until(lambda: bool(delivery.training_execution))
    scene.journey.finish(
        step,
        f"{delivery.pipeline} execution {delivery.execution}, started by {delivery.trigger}",
        f"Build {delivery.build.rsplit(':', 1)[-1]}: {'; '.join(_phases(build))}",
    )


def change(scene: Scene) -> Activity:
    """Once the seed has been trained, the data scientist changes a line and pushes."""
    yield from until(lambda: "training-0" in scene.finished)
    pushed = repository.change_and_push(scene)
    scene.report.deliveries.append(Delivery(pushed.sha, repository.MESSAGE, repository.AUTHOR, diff=pushed.diff))
    step = scene.journey.step(6, again=True)
    scene.journey.start(step, f"git push: {repository.MESSAGE}")


def executions(scene: Scene, pipeline: str) -> list[dict[str, Any]]:
    """The executions of a pipeline, oldest first; none while it does not exist."""
    try:
        pages = scene.engineer("codepipeline").get_paginator("list_pipeline_executions")
        found = [
            execution
            for page in pages.paginate(pipelineName=pipeline)
            for execution in page["pipelineExecutionSummaries"]
        ]
    except ClientError as error:
        if error.response["Error"]["Code"] == "PipelineNotFoundException":
            return []
        raise
    return sorted(found, key=lambda execution: execution["startTime"])


def trigger(execution: dict[str, Any]) -> str:
    """Who or what has started an execution."""
    kind = str(execution.get("trigger", {}).get("triggerType", ""))
    return _TRIGGERS.get(kind, kind)


def _where(scene: Scene, delivery: Delivery) -> str:
    state = scene.engineer("codepipeline").get_pipeline_state(name=delivery.pipeline)
    running = [
        f"{stage['stageName']} is {stage['latestExecution']['status']}"
        for stage in state["stageStates"]
        if stage.get("latestExecution", {}).get("pipelineExecutionId") == delivery.execution
    ]
    return "; ".join(running)


def _build(scene: Scene, delivery: Delivery) -> dict[str, Any]:
    """The build of the execution; empty when it never came to one."""
    actions = scene.engineer("codepipeline").list_action_executions(
        pipelineName=delivery.pipeline, filter={"pipelineExecutionId": delivery.execution}
    )["actionExecutionDetails"]
    for action in actions:
        if action["input"].get("actionTypeId", {}).get("provider") == "CodeBuild":
            delivery.build = action.get("output", {}).get("executionResult", {}).get("externalExecutionId", "")
    if not delivery.build:
        return {}
    return dict(scene.engineer("codebuild").batch_get_builds(ids=[delivery.build])["builds"][0])


def _phases(build: dict[str, Any]) -> list[str]:
    """The phases that took noticeable time."""
    return [
        f"{phase['phaseType']} {phase['durationInSeconds']} s"
        for phase in build.get("phases", [])
        if phase.get("durationInSeconds")
    ] or [f"{len(build.get('phases', []))} phases, each under a second"]
