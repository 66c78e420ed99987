"""Other kinds of endpoints than the pipeline's two, deployed by hand."""

import pytest

from tests.deployment import by_hand
from tests.deployment.stories import Stories

pytestmark = pytest.mark.deployment


@pytest.mark.parametrize("kind", ["serverless", "async", "batch"])
def test_the_trained_model_answers_as_every_kind(stories: Stories, kind: str) -> None:
    said = stories.by_hand()[kind]

    assert "environments/dev.json is right" in said["check"]
    assert "dev: version 1, commit" in said["resolve"]
    assert f"dev: {stories.deployed().deploying.launch.prefix}-dev-" in said["apply"]
    rows = len(stories.deployed().trained.rows)
    # The test compares with what the trained model has said.
    asked = ["text/csv"] if kind == "batch" else ["application/json", "application/jsonlines", "text/csv"]
    assert (by_hand.WAITS in said["test"]) == (kind == by_hand.SCALED), "it waits for autoscaling, and judges then"
    assert [line.split(":")[0] for line in said["test"].splitlines() if f"{rows} rows answered" in line] == asked
