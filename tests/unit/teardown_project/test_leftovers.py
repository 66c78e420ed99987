"""Which deletions need a build: those of whatever a run has left."""

from typing import Any

import pytest

from tests.unit.teardown_project.conftest import BUCKET, LOCKS, STATE


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


def test_where_the_state_cannot_be_seen_the_build_looks(world: Any) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=STATE)
    world.dynamodb.delete_table(TableName=LOCKS)

    assert world.call(world.request()) == "started"
