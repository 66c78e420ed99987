"""Step 8 against services that answer as written down."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from demo import deployment
from demo.errors import DemoError
from demo.report.model import Delivery, Model, State
from demo.scene import Scene
from tests.unit.demo.account import BEGAN, Service, scene

STAGES = ("Source", "Build", "Staging", "SmokeTest", "Approval", "Production", "Verify")
ARN = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/penguins-p-abc123/1"
TEST = "species,flipper,body_mass_g\nAdelie,181,3750.0\nGentoo,,5100.0\n"
CONTRACT = {"instances": [{"species": "Adelie", "flipper": 190.0}], "predictions": [3800.0]}


class Account:
    """A deploy pipeline that goes a stage further whenever somebody looks, and a model that answers."""

    def __init__(self, *, failing: str = "", predictions: tuple[float, ...] = (3700.04, 5000.0)) -> None:
        self.failing = failing
        self.predictions = predictions
        self.approved = self.decided = False
        self.creation = "InProgress"
        self.stage = -1
        self.asked: list[tuple[str, str]] = []

    def scene(self) -> Scene:
        made = scene(
            codepipeline=Service(
                list_pipeline_executions=lambda **_: {"pipelineExecutionSummaries": self.executions()},
                get_pipeline_state=lambda **_: self.state(),
                list_action_executions=lambda **_: {"actionExecutionDetails": self.actions()},
                put_approval_result=self.decide,
            ),
            codebuild=Service(
                batch_get_builds={"builds": [{"id": "b:1", "buildStatus": "FAILED", "phases": [
                    {"phaseStatus": "FAILED", "phaseType": "BUILD", "contexts": [{"message": "row 0 differs"}]}
                ]}]}
            ),
            sagemaker=Service(
                update_model_package=self.approve,
                describe_model_package={
                    "ModelApprovalStatus": "Approved",
                    "CustomerMetadataProperties": {"contract": "s3://b/contract.json"},
                },
                list_pipeline_execution_steps={"PipelineExecutionSteps": [
                    {"Metadata": {"ProcessingJob": {"Arn": "arn:aws:sagemaker:::processing-job/split"}}}
                ]},
                describe_processing_job={"ProcessingOutputConfig": {"Outputs": [
                    {"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}},
                    {"OutputName": "test", "S3Output": {"S3Uri": "s3://b/test"}},
                ]}},
                list_endpoints=lambda NameContains: {"Endpoints": [{"EndpointName": f"{NameContains}realtime"}]},
                describe_endpoint=lambda EndpointName: {
                    "EndpointName": EndpointName, "EndpointConfigName": "c-1", "EndpointStatus": "InService",
                },
                describe_endpoint_config={"ProductionVariants": [
                    {"InitialInstanceCount": 2, "InstanceType": "ml.m5.large"}
                ]},
            ),
            s3=Service(
                list_objects_v2=lambda Prefix, **_: {"Contents": [{"Key": f"{Prefix}/{Prefix}.csv"}]},
                get_object=lambda Key, **_: {
                    "Body": io.BytesIO(json.dumps(CONTRACT).encode() if "contract" in Key else TEST.encode())
                },
            ),
            **{"sagemaker-runtime": Service(invoke_endpoint=self.answer)},
        )  # fmt: skip
        model = Model(ARN, 1, "PendingManualApproval", predictions=[(3750.0, 3700.0), (5100.0, 5000.0)])
        made.report.deliveries = [Delivery("0" * 40, "seed", training_execution="arn:execution", model=model)]
        made.finished.add("training-0")
        return made

    def approve(self, ModelApprovalStatus: str, **_: Any) -> None:
        assert self.creation == "Stopped"  # or this execution would deploy what the next one is for
        self.approved = ModelApprovalStatus == "Approved"

    def decide(self, token: str, result: dict[str, str], **_: Any) -> None:
        assert (token, result["status"]) == ("the-token", "Approved")
        assert [name for name, _ in self.asked] == ["ml-p-abc123-staging-realtime"]
        self.decided = True

    def answer(self, EndpointName: str, Body: bytes, **_: Any) -> dict[str, Any]:
        self.asked.append((EndpointName, Body.decode()))
        return {"Body": io.BytesIO(json.dumps({"predictions": self.predictions}).encode())}

    def executions(self) -> list[dict[str, Any]]:
        found = [
            {"pipelineExecutionId": "0", "startTime": BEGAN, "status": self.creation,
             "trigger": {"triggerType": "CreatePipeline"}}
        ]  # fmt: skip
        self.creation = "Stopped"
        if self.approved:
            later = BEGAN + timedelta(seconds=1)
            trigger = {"triggerType": "CloudWatchEvent"}
            found.insert(
                0, {"pipelineExecutionId": "1", "startTime": later, "status": self.status(), "trigger": trigger}
            )
        return found

    def status(self) -> str:
        if STAGES[max(self.stage, 0)] == "Approval" and not self.decided:
            return "InProgress"
        if self.stage >= 0 and STAGES[min(self.stage, 6)] == self.failing:
            return "Failed"
        self.stage += 1
        return "InProgress" if self.stage < len(STAGES) else "Succeeded"

    def state(self) -> dict[str, Any]:
        states: list[dict[str, Any]] = [{"stageName": name, "actionStates": [{}]} for name in STAGES]
        if STAGES[min(self.stage, 6)] == "Approval":
            states[4] |= {
                "latestExecution": {"pipelineExecutionId": "1"},
                "actionStates": [{"latestExecution": {"status": "InProgress", "token": "the-token"}}],
            }
        return {"stageStates": states}

    def actions(self) -> list[dict[str, Any]]:
        def status(number: int) -> str:
            if number < self.stage:
                return "Succeeded"
            return "Failed" if STAGES[number] == self.failing else "InProgress"

        return [
            {
                "stageName": name,
                "actionName": name,
                "status": status(number),
                "startTime": BEGAN,
                "lastUpdateTime": BEGAN,
                "input": {"actionTypeId": {"provider": "CodeBuild"}},
                "output": {"executionResult": {"externalExecutionId": "b:1"}},
            }
            for number, name in enumerate(STAGES[: self.stage + 1])
        ]


def play(made: Scene, turns: int = 60) -> None:
    for number, _ in enumerate(deployment.follow(made)):
        assert number < turns, "it never ends"


def test_an_approved_model_comes_to_production_and_answers_as_it_did_when_evaluated() -> None:
    account = Account()
    made = account.scene()

    play(made)

    told = made.report.deployment
    assert told is not None
    assert (told.state, told.version, told.trigger) == (State.SUCCEEDED, 1, "a rule of EventBridge")
    assert [stage.name for stage in told.stages] == list(STAGES)
    assert [(one.environment, one.instances) for one in told.endpoints] == [
        ("staging", "2 x ml.m5.large"),
        ("prod", "2 x ml.m5.large"),
    ]
    first, second = told.endpoints[1].predictions
    assert (first.actual, first.predicted, first.evaluated) == (3750.0, 3700.04, 3700.0)
    assert second.features == {"species": "Gentoo", "flipper": ""}
    assert account.asked[0][1] == "species,flipper\nAdelie,181\nGentoo,\n"  # the truth is not sent
    assert made.report.deliveries[0].model.approval == "Approved"
    assert made.journey.step(8).state is State.SUCCEEDED


def test_a_failed_smoke_test_is_told_with_the_builds_reason() -> None:
    account = Account(failing="SmokeTest")
    made = account.scene()

    with pytest.raises(DemoError, match=r"The build b:1 ended as FAILED\. BUILD: row 0 differs"):
        play(made)

    assert [one.environment for one in made.report.deployment.endpoints] == ["staging"]
    assert not account.decided


def test_an_endpoint_that_answers_something_else_ends_the_demo() -> None:
    made = Account(predictions=(3701.0, 5000.0)).scene()

    with pytest.raises(DemoError, match=r"staging-realtime does not answer as the trained model did.*by 1\.0\."):
        play(made)


def test_without_a_contract_nobody_knows_what_to_ask() -> None:
    made = Account().scene()
    made.engineer("sagemaker")._answers["describe_model_package"] = {"ModelApprovalStatus": "Approved"}

    with pytest.raises(DemoError, match="names no contract"):
        play(made)
