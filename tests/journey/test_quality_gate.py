"""A model that is not good enough."""

from pathlib import Path

import pytest

from tests.journey.clients import replace_setting
from tests.journey.conftest import Pair
from tests.journey.world import Delivered, Launch

pytestmark = pytest.mark.journey

# No model of penguins is right to the gram.
IMPOSSIBLE = "1.0"


@pytest.fixture(scope="module")
def project(pair: Pair) -> Launch:
    project = pair.second.completed()
    project.delivered(0)
    return project


@pytest.fixture(scope="module")
def rejected(project: Launch, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """The team asks for more than the model can give, and pushes."""
    git = project.platform.git
    clone: Path = git.clone(project.repository, tmp_path_factory.mktemp("gate") / "clone")
    replace_setting(clone / "pipeline.toml", "rmse_threshold", IMPOSSIBLE)
    git.commit_and_push(clone, "Ask for the impossible")
    return project.delivered(1)


def test_the_execution_fails(rejected: Delivered) -> None:
    assert rejected.training["PipelineExecutionStatus"] == "Failed"


def test_the_reason_is_where_people_look(project: Launch, rejected: Delivered) -> None:
    steps = project.platform.engineer(
        *("sagemaker", "list-pipeline-execution-steps"),
        *("--pipeline-execution-arn", rejected.training["PipelineExecutionArn"]),
    )["PipelineExecutionSteps"]

    by_name = {step["StepName"]: step for step in steps}
    assert by_name["Evaluate"]["StepStatus"] == "Succeeded"
    assert by_name["QualityGate"]["StepStatus"] == "Succeeded"
    assert by_name["QualityGate"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert by_name["RejectModel"]["StepStatus"] == "Failed"
    assert "RegisterModel" not in by_name
    reason = by_name["RejectModel"]["FailureReason"]
    assert "RMSE" in reason
    assert "Nothing was registered" in reason


def test_nothing_is_registered(project: Launch, rejected: Delivered) -> None:
    assert [model["ModelPackageVersion"] for model in project.models()] == [1]
