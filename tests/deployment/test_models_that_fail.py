"""Models that must not stay: one is wrong, which staging shows, the other one is slow, which production shows."""

import pytest

from tests.deployment.load import RATE
from tests.deployment.stories import Stories
from tests.deployment.told import Changed, Deployed, RolledBack

pytestmark = pytest.mark.deployment


@pytest.fixture(scope="module")
def wrong(stories: Stories) -> Changed:
    return stories.wrong()


@pytest.fixture(scope="module")
def rolled_back(stories: Stories) -> RolledBack:
    return stories.rolled_back()


def test_a_model_that_fails_the_smoke_test_never_reaches_production(wrong: Changed) -> None:
    assert wrong.delivery.status == "Failed"
    assert wrong.delivery.statuses() == {
        "Source": "Succeeded", "Build": "Succeeded", "Staging": "Succeeded", "SmokeTest": "Failed",
    }  # fmt: skip
    assert wrong.after["staging"].version == 4
    assert wrong.after["prod"] == wrong.before["prod"]


def test_the_pipeline_names_the_build_that_failed(wrong: Changed) -> None:
    (action,) = wrong.delivery.state["SmokeTest"]["actionStates"]
    latest = action["latestExecution"]

    assert latest["status"] == "Failed"
    assert "exit status 1" in latest["errorDetails"]["message"]
    executed = wrong.delivery.actions["SmokeTest"]["output"]["executionResult"]
    assert latest["externalExecutionId"] == executed["externalExecutionId"]
    assert "Approval" not in wrong.delivery.actions


def test_the_builds_log_says_what_is_wrong(wrong: Changed, stories: Stories) -> None:
    expected = stories.deployed().trained.contract["predictions"][0]

    log = wrong.delivery.logs["SmokeTest"]

    assert "error: application/json: row 0 is answered with" in log
    assert f"the trained model says {expected}" in log


def test_the_failed_test_is_on_record(wrong: Changed, stories: Stories) -> None:
    execution = wrong.delivery.summary["pipelineExecutionId"]
    mine = [
        one for one in stories.deployed().deploying.records("staging") if one["pipeline_execution"] == execution
    ]

    assert [one["outcome"] for one in mine] == ["deployed", "tests failed"]
    assert "row 0 is answered with" in mine[1]["reason"]


@pytest.fixture(scope="module")
def deployed(stories: Stories) -> Deployed:
    return stories.deployed()


def test_an_alarm_takes_the_canary_back(rolled_back: RolledBack) -> None:
    after, before = rolled_back.changed.after, rolled_back.changed.before

    assert after["staging"].version == 5
    assert after["prod"].config == before["prod"].config
    assert after["prod"].model == before["prod"].model
    assert after["prod"].described["EndpointStatus"] == "InService"


def test_no_request_is_lost_meanwhile(rolled_back: RolledBack, deployed: Deployed) -> None:
    heard, old = rolled_back.heard, deployed.trained.offline[0]

    # All were answered, by the old model or by the new one; the new one never had more than the canary's share.
    assert heard.counted(old) + heard.counted(old * 1.03) == heard.sent, heard.answers
    assert 1 <= heard.counted(old * 1.03) <= 0.15 * heard.sent
    assert heard.sent / heard.seconds == pytest.approx(RATE, rel=0.1)
    assert rolled_back.answer == pytest.approx([old], rel=1e-9)


def test_whoever_has_subscribed_hears_of_it(rolled_back: RolledBack, deployed: Deployed) -> None:
    alarm = f"{deployed.deploying.name('prod')}-latency"
    told = [content for _, content in rolled_back.messages if content.get("AlarmName") == alarm]

    assert "ALARM" in [content["NewStateValue"] for content in told]
    asked = [content["approval"] for _, content in rolled_back.messages if "approval" in content]
    assert asked and all(item["pipelineName"] == deployed.deploying.pipeline for item in asked)
    assert "deploy model version 5" in asked[-1]["customData"]


def test_the_roll_back_says_why(rolled_back: RolledBack, deployed: Deployed) -> None:
    delivery = rolled_back.changed.delivery

    alarm = f"{deployed.deploying.name('prod')}-latency"
    assert alarm in [item["AlarmName"] for item in rolled_back.alarms]
    reason = rolled_back.changed.after["prod"].described["FailureReason"]
    assert alarm in reason
    assert delivery.status == "Failed"
    assert delivery.statuses()["Production"] == "Failed"
    assert "Verify" not in delivery.actions
    assert "exit status 1" in delivery.error("Production")
    assert "error: prod was not deployed" in delivery.logs["Production"]
    assert reason in delivery.logs["Production"]
    record = deployed.deploying.records("prod")[-1]
    assert record["outcome"] == "failed"
    assert reason in record["reason"]
