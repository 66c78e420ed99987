"""A project goes with its own stack, and is restored when the stack's update is taken back."""

import base64
from typing import Any

import pytest

from tests.unit.teardown_project.conftest import STACK


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_project_goes_with_its_stack(world: Any, status: str) -> None:
    world.cloudformation.status = status

    assert world.call(world.request()) == "started"
    assert world.cloudformation.asked == [STACK]


@pytest.mark.parametrize(
    "status",
    [
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "DELETE_COMPLETE",
    ],
)
def test_a_project_whose_stack_stays_is_not_destroyed(world: Any, status: str) -> None:
    world.cloudformation.status = status

    assert world.call(world.request()) == "failed"
    assert world.codebuild.started == {}
    assert f"The stack is {status}" in world.mailbox.bodies[0]["Reason"]


def test_an_update_that_failed_restores_what_was_there(world: Any) -> None:
    world.cloudformation.status = "UPDATE_ROLLBACK_IN_PROGRESS"

    assert world.call(world.request("Update")) == "started"
    variables = world.codebuild.variables()
    assert variables["ACTION"] == "apply"
    assert (variables["RUNNER_SHA256"], variables["SETTINGS_SHA256"]) == ("a" * 64, "b" * 64)
    assert world.mailbox.bodies == []

    assert world.call(world.ended()) == "success"
    assert world.mailbox.bodies[0]["PhysicalResourceId"] == "teardown-p-abc123"


def test_a_restoration_that_fails_tells_its_own_reason(world: Any) -> None:
    world.cloudformation.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.call(world.request("Update"))
    world.codebuild.status = "FAILED"
    world.record(
        "20261120T110005Z", "apply", "terraform apply failed: of the release that was tried", holder="ec2/i-1"
    )
    world.record("20261120T110006Z", "apply", "terraform apply failed: no", holder="codebuild/teardown:1")
    world.record("20261120T110007Z", "destroy", "another action's", holder="codebuild/teardown:1")

    assert world.call(world.ended(status="FAILED")) == "failed"
    assert world.mailbox.bodies[0]["Reason"].startswith("terraform apply failed: no Log:")


def test_a_project_of_another_stack_is_told_by_the_record_that_lies_elsewhere(world: Any) -> None:
    world.cloudformation.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.call(world.request("Update"))
    world.codebuild.status = "FAILED"
    world.record("20261120T110005Z", "apply", "another project's", project="unknown", holder="ec2/i-1")
    world.record(
        "20261120T110006Z", "apply", "belongs to the stack", project="unknown", holder="codebuild/teardown:1"
    )

    world.call(world.ended(status="FAILED"))
    assert world.mailbox.bodies[0]["Reason"].startswith("belongs to the stack")


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "CREATE_COMPLETE", "DELETE_IN_PROGRESS", "UPDATE_FAILED"])
def test_an_update_that_nobody_makes_is_refused(world: Any, status: str) -> None:
    world.cloudformation.status = status

    assert world.call(world.request("Update")) == "failed"
    assert world.codebuild.started == {}


@pytest.mark.parametrize("kind", ["Update", "Delete"])
@pytest.mark.parametrize("code", ["ValidationError", "AccessDenied", "Throttling"])
def test_a_stack_that_cannot_be_looked_up_is_left_alone(world: Any, kind: str, code: str) -> None:
    world.cloudformation.refusals = [code]

    assert world.call(world.request(kind)) == "failed"
    assert code in world.mailbox.bodies[0]["Reason"]
    assert world.codebuild.started == {}


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_the_properties_of_another_stack_are_refused(world: Any, kind: str) -> None:
    event = world.request(kind)
    other = STACK.replace("SC-1", "SC-2")
    event["ResourceProperties"]["Parameters"]["Stack"] = base64.b64encode(other.encode()).decode()

    assert world.call(event) == "failed"
    assert f"belong to the stack {other}" in world.mailbox.bodies[0]["Reason"]
    assert world.codebuild.started == {}
    assert world.cloudformation.asked == []


def test_a_template_of_before_gets_its_stack(world: Any) -> None:
    event = world.request()
    del event["ResourceProperties"]["Parameters"]["Stack"]

    assert world.call(event) == "started"
    assert f"Stack={base64.b64encode(STACK.encode()).decode()}" in world.codebuild.variables()["PARAMETERS"]


@pytest.mark.parametrize("kind", ["Update", "Delete"])
def test_a_project_keeps_its_id(world: Any, kind: str) -> None:
    world.cloudformation.status = "UPDATE_IN_PROGRESS"

    assert world.call(world.request(kind, PhysicalResourceId="teardown-p-other")) == "failed"
    assert "a project keeps its id" in world.mailbox.bodies[0]["Reason"]
    assert world.codebuild.started == {}


def test_parameters_of_another_project_are_refused(world: Any) -> None:
    event = world.request()
    event["ResourceProperties"]["ProjectId"] = "p-victim"

    assert world.call(event | {"PhysicalResourceId": "teardown-p-victim"}) == "failed"
    assert world.codebuild.started == {}


def test_an_update_that_cannot_be_read_keeps_the_id(world: Any) -> None:
    event = world.request("Update", ResourceProperties={})

    assert world.call(event) == "failed"
    assert world.mailbox.bodies[0]["PhysicalResourceId"] == "teardown-p-abc123"
