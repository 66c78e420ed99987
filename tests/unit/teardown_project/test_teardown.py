"""A deletion from CloudFormation's request to its one answer, and what can happen twice or not at all."""

import base64
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from hypothesis import given
from hypothesis import strategies as st
from teardown_project.addresses import Addresses
from teardown_project.errors import AnswerNotSent, RequestInvalid
from teardown_project.events import parse

from tests.unit.teardown_project.conftest import BUCKET, LOCKS, STACK, STATE, TABLE


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
    world.record("20261120T105900Z", "apply", "Another run works on this project")

    assert world.call(world.request()) == "success"
    assert world.codebuild.started == {}
    assert [body["Status"] for body in world.mailbox.bodies] == ["SUCCESS"]


@pytest.mark.parametrize("left", ["objects/0123/runner.tar.gz", "applied", "errored.tfstate"])
def test_what_a_deletion_could_not_remove_is_removed_by_the_next_one(world: Any, left: str) -> None:
    """The owner had gone before, and then the project's copies could not be deleted."""
    world.s3.delete_object(Bucket=BUCKET, Key=STATE)
    world.s3.put_object(Bucket=BUCKET, Key=f"projects/p-abc123/{left}", Body=b"")

    assert world.call(world.request()) == "started"


def test_a_run_that_has_only_the_lock_yet_is_waited_for_by_the_build(world: Any) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=STATE)
    world.dynamodb.put_item(TableName=LOCKS, Item={"LockID": {"S": f"{BUCKET}/{STATE}"}})

    assert world.call(world.request()) == "started"


@pytest.mark.parametrize("name", ["owner", "run"])
def test_what_an_unfinished_run_holds_is_given_back_by_the_build(world: Any, name: str) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=STATE)
    world.dynamodb.put_item(TableName=LOCKS, Item={"LockID": {"S": f"{BUCKET}/projects/p-abc123/{name}"}})

    assert world.call(world.request()) == "started"


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


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?X-Amz-Signature=canary",
        "https://s3.eu-west-1.amazonaws.com.evil.example/canary",
        "https://evils3.eu-west-1.amazonaws.com/canary",
        "https://user:canary@bucket.s3.eu-west-1.amazonaws.com/",  # pragma: allowlist secret - made up
        "https://bucket.s3.eu-west-1.amazonaws.com:8443/canary",
        "http://bucket.s3.eu-west-1.amazonaws.com/canary",
        "https://169.254.169.254/canary",
        "http://127.0.0.1:1/canary",
        "https://127.0.0.1/canary",
        "file:///canary",
        "https://[canary",
        "",
    ],
)
def test_only_s3_is_answered(world: Any, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RequestInvalid) as refused:
        world.call(world.request("Create", ResponseURL=url))

    assert "canary" not in str(refused.value) + capsys.readouterr().out
    assert world.codebuild.started == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/a?X-Amz-Signature=b",
        "https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/a",
        "https://s3.eu-west-1.amazonaws.com:443/bucket/a",
    ],
)
def test_the_addresses_of_s3_are_accepted(url: str) -> None:
    hosts = ["s3.eu-west-1.amazonaws.com", "s3-eu-west-1.amazonaws.com"]

    Addresses(hosts, None).check(url)


@pytest.mark.parametrize(
    "endpoint", [None, "http://10.0.0.1:80", "https://evil.example", "http://evil.example:8080"]
)
def test_an_endpoint_elsewhere_opens_nothing(endpoint: str | None) -> None:
    with pytest.raises(RequestInvalid):
        Addresses(["s3.eu-west-1.amazonaws.com"], endpoint).check(f"{endpoint or 'http://127.0.0.1:4566'}/a")


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
    world.mailbox.statuses = [403]
    event = world.request("Create", RequestId="r")
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
