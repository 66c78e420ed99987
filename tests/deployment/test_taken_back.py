"""A model that is right in staging and fails every request in production, where Verify is the first to ask."""

import pytest

from tests.deployment.deliveries import STAGES
from tests.deployment.stories import Stories
from tests.deployment.told import Deployed, TakenBack

pytestmark = pytest.mark.deployment


@pytest.fixture(scope="module")
def taken_back(stories: Stories) -> TakenBack:
    return stories.taken_back()


@pytest.fixture(scope="module")
def deployed(stories: Stories) -> Deployed:
    return stories.deployed()


def test_verify_fails_and_says_what_has_become_of_it(taken_back: TakenBack) -> None:
    delivery = taken_back.changed.delivery

    assert delivery.statuses() == dict.fromkeys(STAGES[:-1], "Succeeded") | {"Verify": "Failed"}
    assert f". prod is back at generation {taken_back.live['current']}." in delivery.logs["Verify"]
    assert "did not answer: An error occurred (ModelError)" in delivery.logs["Verify"]


def test_production_is_back_at_the_model_before(taken_back: TakenBack) -> None:
    before, after = taken_back.changed.before["prod"], taken_back.changed.after["prod"]

    assert (after.config, after.model) == (before.config, before.model)
    assert after.config.endswith(taken_back.live["current"])
    assert after.described["EndpointStatus"] == "InService"
    assert taken_back.changed.after["staging"].version == 3


def test_the_alarm_that_the_model_has_set_off_does_not_bring_it_again(
    taken_back: TakenBack, stories: Stories, deployed: Deployed
) -> None:
    alarm = f"{deployed.deploying.name('prod')}-errors"
    told = [content for _, content in stories.rolled_back().messages if content.get("AlarmName") == alarm]
    assert "ALARM" in [content["NewStateValue"] for content in told]

    described = taken_back.changed.after["prod"].described
    assert "FailureReason" not in described, "no update was taken back"
    update = described["LastDeploymentConfig"]
    assert update["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    watched = [alarm["AlarmName"] for alarm in update["AutoRollbackConfiguration"]["Alarms"]]
    assert watched == [f"{deployed.deploying.name('prod')}-never"]
    # When the next delivery ends, it still runs.
    assert stories.wrong().after["prod"].config == taken_back.changed.after["prod"].config


def test_every_request_is_answered_meanwhile(taken_back: TakenBack, deployed: Deployed) -> None:
    heard, old = taken_back.heard, deployed.trained.offline[0]

    # By the failing model, until the old one is back: no request meets an endpoint that is not there.
    assert heard.failures <= {"ModelError"}
    assert heard.counted(old) + heard.answers["ModelError"] == heard.sent
    assert heard.counted(old) > 0
    assert taken_back.answer == pytest.approx([old], rel=1e-9)


def test_the_way_back_is_on_record_with_its_reason(taken_back: TakenBack) -> None:
    execution = taken_back.changed.delivery.summary["pipelineExecutionId"]
    mine = [one for one in taken_back.records if one["pipeline_execution"] == execution]

    assert [one["outcome"] for one in mine] == ["deployed", "tests failed", "rolled back"]
    _, failed, back = mine
    assert "(ModelError)" in back["reason"]
    assert back["reason"] == failed["reason"]
    assert back["package"]["version"] == 1
    (taken,) = taken_back.live["taken_back"]
    assert taken.endswith("/3")
