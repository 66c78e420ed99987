"""Versions that the settings name: not approved, overtaken while a person decides, left half-way, there."""

import pytest

from tests.deployment.deliveries import STAGES
from tests.deployment.elsewhere import LINEAR
from tests.deployment.stories import Stories
from tests.deployment.told import Overtaken, Stopped

pytestmark = pytest.mark.deployment


@pytest.fixture(scope="module")
def overtaken(stories: Stories) -> Overtaken:
    return stories.overtaken()


@pytest.fixture(scope="module")
def stopped(stories: Stories) -> Stopped:
    return stories.stopped()


def test_a_pin_that_is_not_approved_is_refused(overtaken: Overtaken) -> None:
    assert overtaken.unapproved.statuses() == {"Source": "Succeeded", "Build": "Failed"}
    assert "is pinned in the settings, but not approved; approved are 1, 3." in overtaken.unapproved.logs["Build"]


# --- another execution has gone through staging while a person decided ----------------------------


def test_production_refuses_what_staging_does_not_run_any_more(overtaken: Overtaken) -> None:
    assert overtaken.refused.statuses() == dict.fromkeys(STAGES[:5], "Succeeded") | {"Production": "Failed"}
    log = overtaken.refused.logs["Production"]
    assert "another execution has deployed there meanwhile. Decide about that one." in log
    assert "== terraform" not in log


def test_a_refusal_touches_no_endpoint(overtaken: Overtaken) -> None:
    assert overtaken.after["prod"] == overtaken.before["prod"]
    assert overtaken.after["staging"].version == 3


def test_the_refusal_is_on_record(overtaken: Overtaken, stories: Stories) -> None:
    execution = overtaken.refused.summary["pipelineExecutionId"]
    records = stories.abroad().deploying.records("prod")
    (record,) = [one for one in records if one["pipeline_execution"] == execution]

    assert record["outcome"] == "refused"
    assert record["reason"].startswith("Staging runs ")
    assert record["package"]["version"] == 2


# --- a build that loses its machine while the traffic is shifted -----------------------------------


def test_a_build_is_gone_in_the_midst_of_a_shift(stopped: Stopped) -> None:
    assert stopped.build["buildStatus"] == "FAULT"
    assert stopped.stopped.statuses()["Production"] == "Failed"
    assert "Verify" not in stopped.stopped.actions
    assert stopped.lock["Operation"] == "OperationTypeApply"


def test_the_next_delivery_waits_for_the_end_of_the_shift(stopped: Stopped) -> None:
    first, third = stopped.waiting["EndpointConfigName"], stopped.waiting["PendingDeploymentSummary"]

    assert stopped.waiting["EndpointStatus"] == "Updating"
    assert first == stopped.next.before["prod"].config
    # Neither is taken away: nobody knows how the shift will end.
    standing, _ = stopped.standing
    assert standing == sorted([first, third["EndpointConfigName"]])


def test_the_next_delivery_goes_on_from_what_the_stopped_one_has_left(stopped: Stopped) -> None:
    assert stopped.next.delivery.statuses() == dict.fromkeys(STAGES, "Succeeded"), stopped.next.delivery.logs
    third = stopped.waiting["PendingDeploymentSummary"]["EndpointConfigName"]
    log = stopped.next.delivery.logs["Production"]
    assert ("Takes over what a build that was stopped has made: " in log) == (not stopped.known)
    assert (" imported, " in log) == (not stopped.known)
    production = stopped.next.after["prod"]
    assert "FailureReason" not in production.described
    _, standing = stopped.standing
    assert standing == sorted([production.config, third])


def test_the_pinned_version_is_deployed_and_not_the_newest(stopped: Stopped, stories: Stories) -> None:
    assert {name: endpoint.version for name, endpoint in stopped.next.before.items()} == {"staging": 3, "prod": 1}
    assert {name: endpoint.version for name, endpoint in stopped.next.after.items()} == {"staging": 2, "prod": 2}
    offline = stories.abroad().trained.offline
    assert stopped.answers == pytest.approx([value * 1.01 for value in offline], rel=1e-9)


def test_production_was_changed_in_linear_steps(stopped: Stopped) -> None:
    update = stopped.next.after["prod"].described["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]
    routing = update["TrafficRoutingConfiguration"]

    assert routing["Type"] == "LINEAR"
    assert routing["LinearStepSize"] == {"Type": "CAPACITY_PERCENT", "Value": LINEAR["percent"]}
    assert routing["WaitIntervalInSeconds"] == LINEAR["wait_seconds"]
