"""A state that is gone, empty or cannot be read is told, with what to do; nothing is done."""

from typing import Any

import pytest


@pytest.mark.parametrize("action", ["apply", "plan", "destroy"])
def test_a_state_that_is_gone_is_told_and_nothing_is_done(machine: Any, action: str) -> None:
    machine.stands("0.9.0")
    machine.object_path("projects/p-abc123/terraform.tfstate").unlink()

    assert machine.run(action).returncode == 1
    reason = machine.record["reason"]
    assert "The state of p-abc123 is gone: release 0.9.0 was applied" in reason
    assert 'docs/operations.md, "A damaged state"' in reason
    assert machine.terraform_calls == []
    assert machine.locks["owner"]["Release"] == "0.9.0"


@pytest.mark.parametrize("action", ["apply", "plan"])
def test_a_state_that_holds_nothing_is_told(machine: Any, action: str) -> None:
    machine.stands()
    (machine.root / "state").unlink()

    assert machine.run(action).returncode == 1
    assert "holds nothing, but release 1.0.0 was applied" in machine.record["reason"]
    assert not {"apply", "destroy"} & set(machine.terraform_commands)


def test_a_deletion_that_ended_before_it_forgot_is_carried_on(machine: Any) -> None:
    machine.stands()
    (machine.root / "state").unlink()
    machine.scenario = {"plan": {"status": 0}}

    assert machine.run("destroy").returncode == 0
    assert machine.locks == {}


CHECKSUM = """
Error: Error loading state:
    state data in S3 does not have the expected content.

    The checksum calculated for the state stored in S3 does not match the checksum
    stored in DynamoDB.

    Bucket: bucket
    Key:    projects/p-abc123/terraform.tfstate
    Calculated checksum: 0123456789abcdef0123456789abcdef
    Stored checksum:     fedcba9876543210fedcba9876543210

"""


@pytest.mark.parametrize("command", ["init", "plan"])
def test_a_checksum_that_does_not_match_says_what_to_do(machine: Any, command: str) -> None:
    machine.stands()
    machine.scenario = {command: {"says": CHECKSUM, "status": 1}}

    assert machine.run().returncode == 1
    reason = machine.record["reason"]
    assert reason.startswith(
        "The state of p-abc123 does not have the expected content: its checksum is "
        "0123456789abcdef0123456789abcdef, and the lock table has fedcba9876543210fedcba9876543210."
    )
    assert 'docs/operations.md, "A damaged state"' in reason


UNREADABLE = """
Error: Error refreshing state: 2 problems:

- Unsupported state file format: The state file could not be parsed as JSON: syntax error at byte offset 3.

"""


@pytest.mark.parametrize("command", ["init", "plan"])
def test_a_state_that_cannot_be_read_says_what_to_do(machine: Any, command: str) -> None:
    machine.stands()
    machine.scenario = {command: {"says": UNREADABLE, "status": 1}}

    assert machine.run().returncode == 1
    reason = machine.record["reason"]
    assert reason.startswith(f"terraform {command} failed: Error refreshing state:")
    assert 'Restore a version that can be (docs/operations.md, "A damaged state").' in reason


# What the key's service says is quoted by S3, and that by Terraform.
KEY_GONE = """
Error: Error refreshing state: Unable to access object "projects/p-abc123/terraform.tfstate" in S3 bucket

operation error S3: GetObject, https response error StatusCode: 400, RequestID: 1, api error {code}: Invalid keyId

"""


@pytest.mark.parametrize(
    "code", ["KMS.NotFoundException", "KMS.DisabledException", "KMS.KMSInvalidStateException"]
)
def test_a_state_whose_key_is_gone_says_so(machine: Any, code: str) -> None:
    machine.stands()
    machine.scenario = {"init": {"says": KEY_GONE.format(code=code), "status": 1}}

    assert machine.run().returncode == 1
    reason = machine.record["reason"]
    assert reason.startswith("terraform init failed: the key that encrypts the state of p-abc123, arn:aws:kms:")
    assert f"api error {code}" in reason
    assert "Nothing was changed. Bring the key back" in reason


def test_a_key_that_is_not_found_is_not_taken_for_a_thing_that_is_gone(machine: Any) -> None:
    """Deleting what is gone already counts as done; what cannot be written is not."""
    machine.environment["FAKE_AWS_REFUSES"] = "projects/p-abc123/applied"
    machine.environment["FAKE_AWS_REFUSAL"] = "KMS.NotFoundException"

    assert machine.run().returncode == 1
    assert "Writing the record of what was applied failed" in machine.record["reason"]
    assert "KMS.NotFoundException" in machine.record["reason"]
