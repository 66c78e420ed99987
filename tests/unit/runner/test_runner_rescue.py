"""A state that Terraform could not write where it belongs: what becomes of it, and of what it knew."""

from typing import Any

import pytest

ID = "p-abc123"
RESCUED = f"projects/{ID}/errored.tfstate"
UNWRITTEN = {
    "says": "\nError: Failed to save state\n\nno way to S3\n",
    "status": 1,
    "errored": '{"serial": 9}',
}


@pytest.fixture
def lost(machine: Any) -> Any:
    """An update that could write its state neither by itself nor afterwards."""
    machine.stands()
    machine.scenario = {"apply": UNWRITTEN}
    machine.environment["FAKE_TERRAFORM_REFUSES"] = "state push"
    assert machine.run().returncode == 1
    machine.environment.clear()
    machine.scenario = {}
    return machine


def test_a_state_is_written_as_soon_as_it_can_be(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"apply": UNWRITTEN}

    assert machine.run().returncode == 1

    push = machine.terraform_calls[-1]["arguments"]
    assert push[:2] == ["state", "push"]
    assert push[-1].endswith("/project-setup/errored.tfstate")
    assert "The state that could not be written before is written now." in machine.log
    assert not machine.object_path(RESCUED).exists()
    assert "errored.tfstate" not in machine.record["reason"]


def test_a_state_that_cannot_be_written_is_kept_and_named(lost: Any) -> None:
    assert lost.object_path(RESCUED).read_text(encoding="utf-8") == '{"serial": 9}'
    assert lost.record["reason"] == (
        "terraform apply failed: Failed to save state no way to S3 The newest state could not be written; it is kept "
        f'as {RESCUED} (docs/operations.md, "A state that could not be written").'
    )


@pytest.mark.parametrize("action", ["apply", "destroy"])
def test_it_goes_when_it_is_of_no_use_any_more(lost: Any, action: str) -> None:
    assert lost.run(action).returncode == 0, lost.log

    assert not lost.object_path(RESCUED).exists()


def test_a_run_that_fails_leaves_it(lost: Any) -> None:
    lost.scenario = {"apply": {"says": "\nError: no\n", "status": 1}}

    assert lost.run().returncode == 1

    assert lost.object_path(RESCUED).exists()
