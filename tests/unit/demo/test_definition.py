import json
from typing import Any

import pytest

from demo.definition import Definition
from demo.report.model import PipelineStep, State

EVALUATION = {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}
CONTENT: dict[str, Any] = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "RmseThreshold", "Type": "Float", "DefaultValue": 450.0},
        {"Name": "InputDataUri", "Type": "String"},
    ],
    "Steps": [
        {"Name": "Preprocess", "Type": "Processing", "Arguments": {}},
        {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {
                "HyperParameters": {"estimator": '"ridge"', "seed": "42"},
                "Input": {"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"},
            },
        },
        {
            "Name": "Evaluate",
            "Type": "Processing",
            "DependsOn": ["Preprocess"],
            "Arguments": {"Input": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}},
        },
        {
            "Name": "QualityGate",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {
                        "Type": "LessThanOrEqualTo",
                        "LeftValue": {
                            "Std:JsonGet": {
                                "PropertyFile": EVALUATION,
                                "Path": "regression_metrics.rmse.value",
                            }
                        },
                        "RightValue": {"Get": "Parameters.RmseThreshold"},
                    }
                ],
                "IfSteps": [{"Name": "RegisterModel", "Type": "RegisterModel", "Arguments": {}}],
                "ElseSteps": [{"Name": "RejectModel", "Type": "Fail", "Arguments": {}}],
            },
        },
    ],
}


class SageMaker:
    """Answers as SageMaker does for an execution with one parameter of its own."""

    def describe_pipeline_definition_for_execution(self, **_: str) -> dict[str, str]:
        return {"PipelineDefinition": json.dumps(CONTENT)}

    def list_pipeline_parameters_for_execution(self, **_: str) -> dict[str, list[dict[str, str]]]:
        return {"PipelineParameters": [{"Name": "RmseThreshold", "Value": "300"}]}


@pytest.fixture
def definition() -> Definition:
    return Definition.of_execution(SageMaker(), "arn:…")


def test_the_gate_is_read_with_the_executions_own_parameters(definition: Definition) -> None:
    assert definition.gate() == ("rmse", 300.0)


def test_a_pipeline_without_gate_has_no_threshold() -> None:
    assert Definition({"Steps": CONTENT["Steps"][:2]}, {}).gate() == ("rmse", None)


def test_hyperparameters_are_json(definition: Definition) -> None:
    assert definition.hyperparameter("estimator") == "ridge"
    assert definition.hyperparameter("seed") == "42"
    assert definition.hyperparameter("unknown") == ""


def test_the_graph_follows_references_and_branches(definition: Definition) -> None:
    known = {"Train": PipelineStep("Train", "", State.FAILED, detail="out of memory")}

    steps = {step.name: step for step in definition.graph(known, ended=True)}

    assert {name: step.after for name, step in steps.items()} == {
        "Preprocess": [],
        "Train": ["Preprocess"],
        "Evaluate": ["Preprocess", "Train"],
        "QualityGate": ["Evaluate"],
        "RegisterModel": ["QualityGate"],
        "RejectModel": ["QualityGate"],
    }
    assert steps["Train"].state is State.FAILED
    assert steps["Train"].kind == "Training"
    assert steps["RegisterModel"].state is State.SKIPPED


def test_what_has_not_run_yet_waits(definition: Definition) -> None:
    assert {step.state for step in definition.graph({}, ended=False)} == {State.WAITING}
