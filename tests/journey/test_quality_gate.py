"""A model that is not good enough."""

import pytest

from tests.journey.stories import Stories
from tests.journey.world import Delivered, Launch

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def project(stories: Stories) -> Launch:
    return stories.pair().second


@pytest.fixture(scope="module")
def rejected(stories: Stories) -> Delivered:
    """The team asks for more than the model can give, and pushes."""
    return stories.rejected()


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
