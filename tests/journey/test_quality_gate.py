"""A model that is not good enough."""

import pytest

from tests.journey.stories import Rejected, Stories

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def rejected(stories: Stories) -> Rejected:
    """The team asks for more than the model can give, and pushes."""
    return stories.rejected()


def test_the_execution_fails(rejected: Rejected) -> None:
    assert rejected.delivered.training["PipelineExecutionStatus"] == "Failed"


def test_the_reason_is_where_people_look(rejected: Rejected) -> None:
    by_name = {step["StepName"]: step for step in rejected.steps}

    assert by_name["Evaluate"]["StepStatus"] == "Succeeded"
    assert by_name["QualityGate"]["StepStatus"] == "Succeeded"
    assert by_name["QualityGate"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert by_name["RejectModel"]["StepStatus"] == "Failed"
    assert "RegisterModel" not in by_name
    reason = by_name["RejectModel"]["FailureReason"]
    assert "RMSE" in reason
    assert "Nothing was registered" in reason


def test_nothing_is_registered(rejected: Rejected) -> None:
    assert [model["ModelPackageVersion"] for model in rejected.models] == [1]
