"""A deletion from CloudFormation's request to its one answer, and what can happen twice or not at all."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from hypothesis import given
from hypothesis import strategies as st
from teardown_project.errors import AnswerNotSent, RequestInvalid
from teardown_project.events import parse

from tests.unit.teardown_project.conftest import BUCKET, LOCKS, STATE, TABLE


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_creations_and_updates_are_answered_at_once(world: Any, kind: str) -> None:
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
    assert (
        variables["PARAMETERS"] == "GitRepoName=bXktdGVhbS9jaHVybg== GitRepoURL= SageMakerProjectId=cC1hYmMxMjM="
    )
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


def test_what_was_never_created_needs_no_build(world: Any) -> None:
    event = world.request("Create")
    event["ResourceProperties"]["RunnerSha256"] = "not a hash"
    assert world.call(event) == "failed"
    [body] = world.mailbox.bodies
    assert "RunnerSha256" in body["Reason"]

    deletion = world.request(PhysicalResourceId=body["PhysicalResourceId"], RequestId="request-2")
    deletion["ResourceProperties"] = event["ResourceProperties"]
    assert world.call(deletion) == "success"
    assert world.codebuild.started == {}


def test_a_project_that_no_run_has_touched_needs_no_build(world: Any) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=STATE)

    assert world.call(world.request()) == "success"
    assert world.codebuild.started == {}
    assert [body["Status"] for body in world.mailbox.bodies] == ["SUCCESS"]


def test_a_run_that_has_only_the_lock_yet_is_waited_for_by_the_build(world: Any) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=STATE)
    world.dynamodb.put_item(TableName=LOCKS, Item={"LockID": {"S": f"{BUCKET}/{STATE}"}})

    assert world.call(world.request()) == "started"


def test_where_the_state_cannot_be_seen_the_build_looks(world: Any) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=STATE)
    world.dynamodb.delete_table(TableName=LOCKS)

    assert world.call(world.request()) == "started"


def test_an_update_that_cannot_be_read_keeps_the_id(world: Any) -> None:
    event = world.request("Update", ResourceProperties={})

    assert world.call(event) == "failed"
    assert world.mailbox.bodies[0]["PhysicalResourceId"] == "teardown-p-abc123"


def test_a_build_that_nobody_asked_for_is_ignored(world: Any) -> None:
    assert world.call(world.ended("teardown:99")) == "ignored"

    world.codebuild.start_build(idempotencyToken="by hand", environmentVariablesOverride=[])
    assert world.call(world.ended()) == "ignored"
    assert world.mailbox.bodies == []


def test_a_request_that_is_forgotten_is_ignored(world: Any) -> None:
    world.call(world.request())
    world.dynamodb.delete_item(TableName=TABLE, Key={"request": {"S": "wait#request-1"}})

    assert world.call(world.ended()) == "ignored"
    assert world.mailbox.bodies == []


def test_an_address_that_is_busy_is_asked_again(world: Any) -> None:
    world.mailbox.statuses = [503, 500]

    assert world.call(world.request("Create")) == "success"
    assert len(world.mailbox.bodies) == 1


def test_an_answer_that_was_refused_is_sent_by_the_next_attempt(
    world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    world.call(world.request())
    world.mailbox.statuses = [403]
    with pytest.raises(AnswerNotSent, match="HTTP 403"):
        world.call(world.ended())

    assert world.call(world.ended()) == "success"
    assert len(world.mailbox.bodies) == 1
    assert "canary" not in capsys.readouterr().out


def test_nobody_sees_the_address(world: Any, capsys: pytest.CaptureFixture[str]) -> None:
    world.call(world.request())
    world.call(world.ended())
    event = world.request("Create", ResponseURL="http://127.0.0.1:1/?X-Amz-Signature=canary", RequestId="r")
    with pytest.raises(AnswerNotSent) as refused:
        world.call(event)

    shown = capsys.readouterr().out + str(refused.value) + repr(parse(event))
    assert "canary" not in shown


def test_an_answer_fits(world: Any) -> None:
    world.record("20261120T110005Z", "destroy", 'ü"\\' * 3000)
    world.codebuild.status = "FAILED"
    world.call(world.request())
    world.call(world.ended())

    assert len(json.dumps(world.mailbox.bodies[0]).encode()) <= 4096


def test_two_at_once_do_not_both_answer(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.call(world.request())
    inner: list[str] = []

    def twice(_pool: Any, _to: Any, _answer: Any) -> None:
        if not inner:
            inner.append("other")
            with pytest.raises(IdempotencyAlreadyInProgressError):
                world.call(world.ended())
        inner.append("sent")

    monkeypatch.setattr("teardown_project.answer.Sender.send", twice)
    assert world.call(world.ended()) == "success"
    assert inner == ["other", "sent"]


@pytest.mark.parametrize(
    "event", [{}, {"detail-type": "Scheduled Event", "source": "aws.events"}, {"Records": []}]
)
def test_other_events_are_refused(world: Any, event: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        world.call(event)


@given(
    st.dictionaries(st.sampled_from(["RequestType", "detail-type", "source", "detail", "ResponseURL"]), st.text())
)
def test_whatever_comes_is_read_or_refused(event: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        parse(event)
