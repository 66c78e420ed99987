"""Step 7: the SageMaker pipeline, from its first step to the model in the registry."""

import csv
import io
import json
from typing import Any

from botocore.exceptions import ClientError

from demo import evidence
from demo.definition import Definition
from demo.errors import DemoError
from demo.report.model import Delivery, Metric, Model, PipelineStep, State
from demo.scene import Activity, Scene, until

_STATES = {
    "Starting": State.RUNNING,
    "Executing": State.RUNNING,
    "Stopping": State.RUNNING,
    "Stopped": State.FAILED,
    "Failed": State.FAILED,
    "Succeeded": State.SUCCEEDED,
}
_JOB_LOGS = {"Processing": "/aws/sagemaker/ProcessingJobs", "Training": "/aws/sagemaker/TrainingJobs"}
_BASELINE = "best_constant_predictor"


def follow(scene: Scene, number: int) -> Activity:
    """Follow the SageMaker execution that the first (0) or second (1) build started, to its registered model."""
    step = scene.journey.step(7, again=number > 0)
    yield from until(lambda: scene.delivery(number) is not None)
    delivery = scene.report.deliveries[number]
    while not delivery.training_execution:
        yield
        found = _executions(scene)
        if len(found) > number:
            delivery.training_execution = found[number]["PipelineExecutionArn"]
    scene.journey.start(step)
    arn = delivery.training_execution
    sagemaker = scene.engineer("sagemaker")
    definition = Definition.of_execution(sagemaker, arn)
    status = "Executing"
    while status in ("Executing", "Stopping"):
        yield
        status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
        raw = _steps(scene, arn)
        delivery.steps = definition.graph(_state_of(raw), ended=status not in ("Executing", "Stopping"))
        scene.journey.note(
            step, " → ".join(f"{item.name} {item.state}" for item in delivery.steps if item.started)
        )
    if status != "Succeeded":
        raise _failure(scene, delivery, status)
    package = next(
        (item["Metadata"]["RegisterModel"]["Arn"] for item in raw if "RegisterModel" in item["Metadata"]), ""
    )
    if not package:
        raise DemoError("The SageMaker pipeline succeeded, and registered no model.")
    delivery.model = _model(scene, package, definition)
    delivery.state = State.SUCCEEDED
    scene.finished.add(f"training-{number}")
    scene.journey.finish(step, *_sentences(delivery.model))


def _executions(scene: Scene) -> list[dict[str, Any]]:
    """Executions of the project's SageMaker pipeline, oldest first; none before the build has made it."""
    try:
        found = scene.engineer("sagemaker").list_pipeline_executions(PipelineName=scene.training_pipeline)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ResourceNotFound", "ResourceNotFoundException"):
            return []
        raise
    return sorted(found["PipelineExecutionSummaries"], key=lambda execution: execution["StartTime"])


def _steps(scene: Scene, arn: str) -> list[dict[str, Any]]:
    pages = scene.engineer("sagemaker").get_paginator("list_pipeline_execution_steps")
    return [
        {"Metadata": {}, **step}
        for page in pages.paginate(PipelineExecutionArn=arn)
        for step in page["PipelineExecutionSteps"]
    ]


def _state_of(raw: list[dict[str, Any]]) -> dict[str, PipelineStep]:
    return {
        step["StepName"]: PipelineStep(
            name=step["StepName"],
            kind="",
            state=_STATES.get(step["StepStatus"], State.RUNNING),
            started=step.get("StartTime"),
            ended=step.get("EndTime"),
            detail=step.get("FailureReason", ""),
        )
        for step in raw
    }


def _model(scene: Scene, arn: str, definition: Definition) -> Model:
    package = scene.engineer("sagemaker").describe_model_package(ModelPackageName=arn)
    address = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    evaluation = json.loads(evidence.read_object(scene, address))
    gate, threshold = definition.gate()
    measured = next(value for name, value in evaluation.items() if name.endswith("_metrics"))
    baseline = evaluation.get(_BASELINE, {})
    return Model(
        arn=arn,
        version=package["ModelPackageVersion"],
        approval=package["ModelApprovalStatus"],
        estimator=definition.hyperparameter("estimator"),
        gate_metric=gate,
        threshold=threshold,
        rows=evaluation.get("dataset", {}).get("item_count"),
        metrics=[
            Metric(name, figure["value"], figure.get("standard_deviation"), baseline.get(name, {}).get("value"))
            for name, figure in measured.items()
        ],
        predictions=_predictions(scene, address.rsplit("/", 1)[0] + "/predictions.csv"),
    )


def _predictions(scene: Scene, address: str) -> list[tuple[float, float]]:
    """Pairs of actual and predicted; none when the seed's evaluation does not write them."""
    try:
        text = evidence.read_object(scene, address).decode("utf-8")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return []
        raise
    return [(float(row["actual"]), float(row["predicted"])) for row in csv.DictReader(io.StringIO(text))]


def _sentences(model: Model) -> list[str]:
    figure = model.metric(model.gate_metric)
    sentences = [f"{model.arn} ({model.approval})"]
    if figure is not None and model.threshold is not None:
        words = f"{model.gate_metric.upper()} {figure.value:,.1f} passes the gate at {model.threshold:,.0f}"
        if figure.baseline is not None:
            words += f"; always answering the mean would give {figure.baseline:,.1f}"
        sentences.append(words)
    return sentences


def _failure(scene: Scene, delivery: Delivery, status: str) -> DemoError:
    delivery.state = State.FAILED
    failed = [step for step in delivery.steps if step.state is State.FAILED]
    described = scene.engineer("sagemaker").describe_pipeline_execution(
        PipelineExecutionArn=delivery.training_execution
    )
    reasons = [f"{step.name}: {step.detail}" for step in failed] or [
        described.get("FailureReason", "no reason given")
    ]
    delivery.failure = "; ".join(reasons)
    log = []
    for step in failed:
        if group := _JOB_LOGS.get(step.kind):
            log += evidence.tail(scene, group, stream=_job(scene, delivery, step))
    return DemoError(f"The SageMaker pipeline ended as {status}. {delivery.failure}", log)


def _job(scene: Scene, delivery: Delivery, step: PipelineStep) -> str:
    """Name of the job behind a step, which its log stream begins with."""
    for raw in _steps(scene, delivery.training_execution):
        if raw["StepName"] == step.name:
            for job in raw["Metadata"].values():
                return str(job["Arn"]).rsplit("/", 1)[-1]
    return step.name
