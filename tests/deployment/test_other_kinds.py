"""What the two endpoints do not show: other kinds of endpoints, deployed by hand, and a version that is pinned."""

import pytest

from tests.deployment.deliveries import STAGES
from tests.deployment.stories import LINEAR, Pinned, Stories

pytestmark = pytest.mark.deployment


@pytest.fixture(scope="module")
def pinned(stories: Stories) -> Pinned:
    return stories.pinned()


@pytest.mark.parametrize("kind", ["serverless", "async", "batch"])
def test_the_trained_model_answers_as_every_kind(stories: Stories, kind: str) -> None:
    said = stories.by_hand()[kind]

    assert "environments/dev.json is right" in said["check"]
    assert "dev: version 1, commit" in said["resolve"]
    assert f"dev: {stories.deployed().deploying.launch.prefix}-dev-" in said["apply"]
    rows = len(stories.deployed().trained.rows)
    # The test compares with what the trained model has said.
    asked = ["text/csv"] if kind == "batch" else ["application/json", "application/jsonlines", "text/csv"]
    assert [line.split(":")[0] for line in said["test"].splitlines() if f"{rows} rows answered" in line] == asked


def test_a_pin_that_is_not_approved_is_refused(pinned: Pinned) -> None:
    assert pinned.refused.statuses() == {"Source": "Succeeded", "Build": "Failed"}
    assert "is pinned in the settings, but not approved; approved are 1, 3." in pinned.refused.logs["Build"]


def test_the_pinned_version_is_deployed_and_not_the_newest(pinned: Pinned, stories: Stories) -> None:
    assert pinned.changed.delivery.statuses() == dict.fromkeys(STAGES, "Succeeded")
    assert {name: endpoint.version for name, endpoint in pinned.changed.before.items()} == {
        "staging": 1,
        "prod": 1,
    }
    assert {name: endpoint.version for name, endpoint in pinned.changed.after.items()} == {"staging": 2, "prod": 2}
    offline = stories.abroad().trained.offline
    assert pinned.answers == pytest.approx([value * 1.01 for value in offline], rel=1e-9)


def test_production_was_changed_in_linear_steps(pinned: Pinned) -> None:
    update = pinned.changed.after["prod"].described["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]
    routing = update["TrafficRoutingConfiguration"]

    assert routing["Type"] == "LINEAR"
    assert routing["LinearStepSize"] == {"Type": "CAPACITY_PERCENT", "Value": LINEAR["percent"]}
    assert routing["WaitIntervalInSeconds"] == LINEAR["wait_seconds"]
