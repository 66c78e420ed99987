"""Whose a project is, what was applied to it last, and the event at the end of every run."""

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
