"""A deletion from CloudFormation's request over its build to the answer."""

import base64
import json
from typing import Any

import pytest

from tests.unit.teardown_project.conftest import STACK, TABLE


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_creations_and_updates_are_answered_at_once(world: Any, kind: str) -> None:
    world.cloudformation.status = "UPDATE_IN_PROGRESS"

    assert world.call(world.request(kind)) == "success"

    [body] = world.mailbox.bodies
    assert body == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": "teardown-p-abc123",
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/SC-1/2",
        "RequestId": "request-1",
        "LogicalResourceId": "Teardown",
    }
    # The address is signed without a content type.
    assert "Content-Type" not in world.mailbox.headers[0]
    assert world.codebuild.started == {}


def test_a_deletion_runs_the_release_of_the_project(world: Any) -> None:
    assert world.call(world.request()) == "started"

    assert world.mailbox.bodies == []
    variables = world.codebuild.variables()
    assert (variables["RUNNER_SHA256"], variables["SETTINGS_SHA256"]) == ("a" * 64, "b" * 64)
    stack = base64.b64encode(STACK.encode()).decode()
    assert variables["PARAMETERS"] == (
        f"GitRepoName=bXktdGVhbS9jaHVybg== GitRepoURL= SageMakerProjectId=cC1hYmMxMjM= Stack={stack}"
    )
    assert variables["ACTION"] == "destroy"
    # Everybody who may look at builds sees their variables.
    assert "X-Amz-Signature" not in json.dumps(variables)


def test_the_end_of_the_build_is_the_answer(world: Any) -> None:
    world.call(world.request())

    assert world.call(world.ended()) == "success"
    assert [body["Status"] for body in world.mailbox.bodies] == ["SUCCESS"]
    assert world.mailbox.bodies[0]["PhysicalResourceId"] == "teardown-p-abc123"


def test_the_same_request_twice_is_one_build_and_one_answer(world: Any) -> None:
    world.call(world.request())
    world.call(world.request())
    world.call(world.ended())
    world.call(world.ended())
    world.call(world.request())
    world.call(world.ended())

    assert len(world.codebuild.started) == 1
    assert len(world.mailbox.bodies) == 1


def test_another_deletion_is_another_build(world: Any) -> None:
    world.call(world.request())
    world.call(world.ended())
    world.call(world.request(RequestId="request-2"))
    world.call(world.ended("teardown:2"))

    assert [body["RequestId"] for body in world.mailbox.bodies] == ["request-1", "request-2"]


def test_a_failure_tells_the_runners_reason(world: Any) -> None:
    world.record("20261120T105959Z", "destroy", "an earlier deletion's")
    world.record("20261120T110005Z", "destroy", "terraform destroy failed: DeleteConflict")
    world.record("20261120T110006Z", "apply", "another run's")
    world.codebuild.status = "FAILED"
    world.call(world.request())

    assert world.call(world.ended(status="FAILED")) == "failed"
    [body] = world.mailbox.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"] == (
        "terraform destroy failed: DeleteConflict Log: /sagemaker-projects/runner, stream p-abc123/destroy."
    )


@pytest.mark.parametrize("status", ["FAILED", "FAULT", "STOPPED", "TIMED_OUT"])
def test_a_build_that_left_no_record_is_told_in_codebuilds_words(world: Any, status: str) -> None:
    world.codebuild.status = status
    world.codebuild.phases = [
        {"phaseType": "PROVISIONING", "phaseStatus": "SUCCEEDED"},
        {
            "phaseType": "BUILD",
            "phaseStatus": status,
            "contexts": [{"message": "Error while executing command: (\n...\n). Reason: exit status 1"}],
        },
    ]
    world.call(world.request())

    assert world.call(world.ended(status=status)) == "failed"
    assert world.mailbox.bodies[0]["Reason"] == (
        f"The build ended with {status} in BUILD: exit status 1 Log: /sagemaker-projects/teardown, stream one."
    )


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "AccountLimitExceededException", "ResourceNotFoundException"]
)
def test_a_build_that_cannot_be_started_is_told_at_once(world: Any, code: str) -> None:
    world.codebuild.refusals = [code]

    assert world.call(world.request()) == "failed"
    [body] = world.mailbox.bodies
    assert body["Status"] == "FAILED"
    assert code in body["Reason"]
    assert body["PhysicalResourceId"] == "teardown-p-abc123"


def test_a_table_that_is_gone_is_told_at_once(world: Any) -> None:
    world.dynamodb.delete_table(TableName=TABLE)

    assert world.call(world.request()) == "failed"
    assert "Apply package 1 again" in world.mailbox.bodies[0]["Reason"]
    assert world.codebuild.started == {}
