"""Step 8: an approved model goes to staging by the deploy pipeline and, once approved again, to production."""

from typing import Any

from demo import delivery, evidence, serving
from demo.errors import DemoError
from demo.report.model import Deployment, Endpoint, Model, PipelineStep, State
from demo.scene import Activity, Scene, until

MODEL_APPROVAL = "Passes the quality gate"
PRODUCTION_APPROVAL = "Staging answers as the evaluation did"
_STATES = {
    "InProgress": State.RUNNING,
    "Stopping": State.RUNNING,
    "Succeeded": State.SUCCEEDED,
    "Failed": State.FAILED,
    "Stopped": State.FAILED,
    "Cancelled": State.FAILED,
}
# Which stage has brought up which environment when it has succeeded.
_ENVIRONMENTS = {"Staging": "staging", "Production": "prod"}
_APPROVAL = "Approval"


def follow(scene: Scene) -> Activity:
    """Approve the first registered model and follow it until production answers."""
    yield from until(lambda: "training-0" in scene.finished)
    model = scene.report.deliveries[0].model
    if model is None:
        raise DemoError("There is no registered model to deploy.")
    step = scene.journey.step(8)
    deployment = scene.report.deployment = Deployment(
        scene.deploy_pipeline, model.arn, model.version, f"{scene.project.repository}-deploy"
    )
    scene.journey.start(step, f"version {model.version} waits for approval")
    # The pipeline's creation has started an execution, which finds nothing approved and ends itself.
    yield from until(lambda: _idle(scene))
    rows = serving.rows_of_test(scene, scene.report.deliveries[0])
    _approve(scene, model)
    execution: dict[str, Any] = {}
    while execution.get("status") not in delivery.ENDED:
        yield
        found = delivery.executions(scene, deployment.pipeline)
        execution = found[1] if len(found) > 1 else {}
        if execution:
            deployment.execution = execution["pipelineExecutionId"]
            deployment.trigger = delivery.trigger(execution)
            deployment.state = _STATES.get(execution["status"], State.FAILED)
            _advance(scene, deployment, rows)
            scene.journey.note(step, _words(deployment))
    if execution["status"] != "Succeeded":
        raise evidence.of_failed_execution(scene, deployment.pipeline, deployment.execution, execution["status"])
    scene.journey.finish(step, *_sentences(deployment))


def _idle(scene: Scene) -> bool:
    found = delivery.executions(scene, scene.deploy_pipeline)
    return bool(found) and all(execution["status"] in delivery.ENDED for execution in found)


def _approve(scene: Scene, model: Model) -> None:
    sagemaker = scene.engineer("sagemaker")
    sagemaker.update_model_package(
        ModelPackageArn=model.arn, ModelApprovalStatus="Approved", ApprovalDescription=MODEL_APPROVAL
    )
    model.approval = sagemaker.describe_model_package(ModelPackageName=model.arn)["ModelApprovalStatus"]


def _advance(scene: Scene, deployment: Deployment, rows: serving.Rows) -> None:
    """See how far the stages are; ask endpoints that are new, approve production when that is waited for."""
    state = scene.engineer("codepipeline").get_pipeline_state(name=deployment.pipeline)
    deployment.stages = _stages(scene, deployment, state)
    asked = {endpoint.environment for endpoint in deployment.endpoints}
    for stage in deployment.stages:
        environment = _ENVIRONMENTS.get(stage.name)
        if environment and environment not in asked and stage.state is State.SUCCEEDED:
            deployment.endpoints.append(serving.ask(scene, environment, rows))
    token = _token(state, deployment.execution)
    if token and not deployment.approval:
        deployment.approval = PRODUCTION_APPROVAL
        scene.engineer("codepipeline").put_approval_result(
            pipelineName=deployment.pipeline,
            stageName=_APPROVAL,
            actionName=_APPROVAL,
            token=token,
            result={"status": "Approved", "summary": PRODUCTION_APPROVAL},
        )


def _stages(scene: Scene, deployment: Deployment, state: dict[str, Any]) -> list[PipelineStep]:
    """All stages in order; those that this execution has not come to are waiting."""
    actions = scene.engineer("codepipeline").list_action_executions(
        pipelineName=deployment.pipeline, filter={"pipelineExecutionId": deployment.execution}
    )["actionExecutionDetails"]
    ran = {action["stageName"]: action for action in actions}
    stages: list[PipelineStep] = []
    for name in (stage["stageName"] for stage in state["stageStates"]):
        stage = PipelineStep(name, "", State.WAITING, [stages[-1].name] if stages else [])
        if action := ran.get(name):
            stage.kind = action["input"]["actionTypeId"]["provider"]
            stage.state = _STATES.get(action["status"], State.FAILED)
            stage.started = action["startTime"]
            stage.ended = None if stage.state is State.RUNNING else action["lastUpdateTime"]
        stages.append(stage)
    return stages


def _token(state: dict[str, Any], execution: str) -> str:
    """What answers the approval of this execution, while it waits for one."""
    for stage in state["stageStates"]:
        if (
            stage["stageName"] == _APPROVAL
            and stage.get("latestExecution", {}).get("pipelineExecutionId") == execution
        ):
            latest = stage["actionStates"][0].get("latestExecution", {})
            return str(latest.get("token", "")) if latest.get("status") == "InProgress" else ""
    return ""


def _words(deployment: Deployment) -> str:
    return " → ".join(
        f"{stage.name} {stage.state}" for stage in deployment.stages if stage.state is not State.WAITING
    )


def _sentences(deployment: Deployment) -> list[str]:
    return [
        f"{deployment.pipeline} execution {deployment.execution}, started by {deployment.trigger}, "
        f"deployed version {deployment.version}",
        *(_answered(endpoint) for endpoint in deployment.endpoints),
    ]


def _answered(endpoint: Endpoint) -> str:
    return (
        f"{endpoint.name} answers {len(endpoint.predictions)} rows in {endpoint.milliseconds:.0f} ms, off by "
        f"{endpoint.rmse:,.1f} g (RMSE)"
    )
