"""Whose project it is, and a state that should be there."""

import base64
import hashlib
import json
from typing import Any

import pytest

OTHER = "arn:aws:cloudformation:eu-west-1:111122223333:stack/SC-111122223333-pp-other/99999999"


def test_the_first_apply_claims_the_project_and_its_success_names_the_release(machine: Any) -> None:
    assert machine.run().returncode == 0
    owner = machine.locks["owner"]
    assert (owner["Stack"], owner["Release"]) == (machine.parameters["Stack"], "1.0.0")
    assert owner["Updated"].endswith("Z")


def test_another_stack_may_not_change_the_project(machine: Any) -> None:
    machine.stands()
    machine.parameters["Stack"] = OTHER
    before = machine.locks

    assert machine.run().returncode == 1
    assert machine.terraform_calls == []
    assert machine.locks == before
    record = machine.record
    # Not among the records of the project that it wanted to take.
    assert record["key"].startswith("projects/unknown/runs/")
    assert f"belongs to the stack {before['owner']['Stack']}, not to {OTHER}" in record["reason"]


def test_another_stack_destroys_nothing_and_can_go_away(machine: Any) -> None:
    machine.stands()
    machine.parameters["Stack"] = OTHER
    before = machine.locks

    assert machine.run("destroy").returncode == 0
    assert machine.output == "nothing-destroyed\n"
    assert machine.terraform_calls == []
    assert machine.locks == before
    assert not {"delete-pipeline", "delete-object"} & {call[1] for call in machine.aws_calls}
    assert machine.record["key"].startswith("projects/unknown/runs/")
    assert machine.record["outcome"] == "succeeded"


def test_two_stacks_that_want_the_same_new_project(machine: Any) -> None:
    """The other one was faster by a moment: after both had seen that there is no owner."""
    machine.scenario = {"owner_after": {"Stack": OTHER}}

    assert machine.run().returncode == 1
    assert "belongs to the stack" in machine.record["reason"]
    assert machine.terraform_calls == []
    assert machine.locks == {"owner": {"LockID": machine.locks["owner"]["LockID"], "Stack": OTHER}}


def test_what_another_run_has_looked_for_meanwhile_is_not_looked_for_again(machine: Any) -> None:
    """This one has read the owner's item, and waited for the lease; the other one took its sign away."""
    machine.stands(Interrupted="|2026-11-20T10:00:00Z|1.0.0")
    owner = {name: value for name, value in machine.locks["owner"].items() if name != "Interrupted"}
    machine.scenario = {"owner_after": owner}

    assert machine.run().returncode == 0, machine.log

    assert "Look for what a run has made" not in machine.log
    assert "Interrupted" not in machine.locks["owner"]


def test_an_owner_that_changes_during_the_run_is_told(machine: Any) -> None:
    machine.scenario = {"apply": {"owner": OTHER}}

    assert machine.run().returncode == 1
    assert "was taken from its stack" in machine.record["reason"]


def test_a_creation_that_was_taken_back_leaves_no_owner(machine: Any) -> None:
    machine.scenario = {"apply": {"says": "\nError: no\n", "status": 1}}

    assert machine.run().returncode == 1
    assert machine.locks == {}


@pytest.mark.parametrize(
    "stack", ["", "SC-1", "arn:aws:cloudformation:eu-west-1:1:stack/SC-1/2", "arn:aws:s3:::x"]
)
def test_a_stack_that_is_none_is_refused(machine: Any, stack: str) -> None:
    machine.parameters["Stack"] = stack

    assert machine.run().returncode == 1
    assert "The parameter Stack is not acceptable." in machine.record["reason"]


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


def test_what_was_applied_can_be_applied_again(machine: Any) -> None:
    assert machine.run().returncode == 0

    applied = dict(
        line.split("=", 1)
        for line in machine.object_path("projects/p-abc123/applied").read_text(encoding="utf-8").splitlines()
    )
    assert (applied["release"], applied["product"]) == ("1.0.0", "model-build")
    assert applied["runner_sha256"] == hashlib.sha256(b"a runner").hexdigest()
    assert applied["settings_sha256"] == hashlib.sha256((machine.root / "settings").read_bytes()).hexdigest()
    assert applied["parameters"] == " ".join(
        f"{name}={base64.b64encode(value.encode()).decode()}" for name, value in machine.parameters.items()
    )
    assert applied["applied"].endswith("Z")


def test_an_apply_that_fails_leaves_the_record_of_the_last_one(machine: Any) -> None:
    assert machine.run().returncode == 0
    before = machine.object_path("projects/p-abc123/applied").read_text(encoding="utf-8")
    machine.stands()
    machine.settings["release_version"] = "1.1.0"
    machine.scenario = {"apply": {"says": "\nError: no\n", "status": 1}}

    assert machine.run().returncode == 1
    assert machine.object_path("projects/p-abc123/applied").read_text(encoding="utf-8") == before
    assert machine.locks["owner"]["Release"] == "1.0.0"


@pytest.mark.parametrize("action", ["apply", "destroy"])
def test_every_end_of_a_run_is_an_event(machine: Any, action: str) -> None:
    machine.parameters["GitBranchName"] = 'refused "quoted" \\ and ü'

    assert machine.run(action).returncode == 1
    [event] = machine.events
    assert event["Source"] == "sagemaker-projects"
    assert event["DetailType"] == "SageMaker Project Run Ended"
    assert event["Resources"] == []
    record = machine.record
    del record["key"]
    assert json.loads(event["Detail"]) == record


def test_an_event_that_cannot_be_sent_changes_nothing(machine: Any) -> None:
    machine.environment["FAKE_AWS_REFUSES"] = "put-events"

    assert machine.run().returncode == 0
    assert "The event of this run could not be sent" in machine.log
    assert machine.record["outcome"] == "succeeded"


ARCHIVED = {"status": "archived", "repository_url": "https://github.com/my-team/churn"}


@pytest.fixture
def project(machine: Any) -> Any:
    machine.stands()
    machine.parameters["GitRepository"] = "archive"
    machine.scenario = {"invoke": ARCHIVED}
    return machine


def test_the_repository_is_archived_before_anything_is_destroyed(project: Any) -> None:
    assert project.run("destroy").returncode == 0, project.log

    assert json.loads((project.root / "invoked").read_text(encoding="utf-8")) == {
        "action": "archive",
        "project": {"name": "Churn", "id": "p-abc123"},
        "repository": {"full_name": "my-team/churn", "url": "https://github.com/my-team/churn"},
        "host": {"base_url": "https://github.com", "api_url": "https://api.github.com"},
        "credential": {"secret_arn": project.settings["github_secret_arn"]},
    }
    names = [call[1] for call in project.aws_calls]
    assert names.index("invoke") < names.index("delete-pipeline")
    assert project.record["kept"] == ["repository my-team/churn, archived"]


def test_a_repository_is_kept_unless_it_was_chosen_otherwise(project: Any) -> None:
    del project.parameters["GitRepository"]

    assert project.run("destroy").returncode == 0
    assert "invoke" not in [call[1] for call in project.aws_calls]


def test_an_archiving_that_fails_leaves_the_project_whole(project: Any) -> None:
    project.scenario["invoke"] = {
        "errorMessage": 'may not "archive"',
        "errorType": "PermissionMissing",
        "stackTrace": [],
    }

    assert project.run("destroy").returncode == 1
    assert project.record["reason"].startswith('The repository my-team/churn was not archived: may not "archive"')
    assert "choose GitRepository = keep" in project.record["reason"]
    assert "delete-pipeline" not in [call[1] for call in project.aws_calls]
    assert "apply" not in project.terraform_commands


@pytest.mark.parametrize("answer", [None, {"status": "missing", "repository_url": "x"}])
def test_what_cannot_be_archived_any_more_does_not_hold_the_deletion_up(project: Any, answer: Any) -> None:
    project.scenario["invoke"] = answer

    assert project.run("destroy").returncode == 0
    assert project.record["kept"] == []


def test_a_creation_that_failed_archives_nothing(project: Any) -> None:
    project.lock("owner", Stack=project.parameters["Stack"])

    assert project.run("destroy").returncode == 0
    assert "invoke" not in [call[1] for call in project.aws_calls]


@pytest.mark.parametrize("choice", ["delete", "Archive", "keep archive"])
def test_other_choices_are_refused(project: Any, choice: str) -> None:
    project.parameters["GitRepository"] = choice

    assert project.run("destroy").returncode == 1
    assert "It is keep or archive." in project.record["reason"]
