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
        "terraform apply failed: Failed to save state no way to S3 The newest state could not be written; it is "
        f'kept as {RESCUED} (docs/operations.md, "A state that could not be written").'
    )


@pytest.mark.parametrize("action", ["apply", "destroy"])
def test_it_goes_when_it_is_of_no_use_any_more(lost: Any, action: str) -> None:
    assert lost.run(action).returncode == 0, lost.log

    assert not lost.object_path(RESCUED).exists()


def test_an_update_does_not_fail_because_it_stays(lost: Any) -> None:
    lost.environment["FAKE_AWS_REFUSES"] = "errored.tfstate"

    assert lost.run().returncode == 0, lost.log
    assert "errored.tfstate stays until the next run" in lost.log
    assert lost.object_path(RESCUED).exists()


def test_a_run_that_fails_leaves_it(lost: Any) -> None:
    lost.scenario = {"apply": {"says": "\nError: no\n", "status": 1}}

    assert lost.run().returncode == 1

    assert lost.object_path(RESCUED).exists()


KILLED = {"says": "Killed\n", "status": 137}
# A provider that was killed or whose answer was lost (1), a Go runtime without memory (2), a panic (11).
FAILED = [{"says": "\nError: Plugin did not respond\n", "status": status} for status in (1, 2, 11)]


@pytest.mark.parametrize(
    ("how", "refused"), [(KILLED, ""), (UNWRITTEN, "state push"), *((failed, "") for failed in FAILED)]
)
def test_what_such_an_update_made_last_is_looked_for_by_the_next(machine: Any, how: Any, refused: str) -> None:
    """The run itself lives and gives its lease back: only the owner can tell the next one."""
    machine.stands()
    machine.scenario = {"apply": how}
    machine.environment["FAKE_TERRAFORM_REFUSES"] = refused
    assert machine.run().returncode == 1
    host = machine.bash("uname -n").decode().strip()
    assert machine.locks["owner"]["Interrupted"].startswith(f"{host}|{machine.record['start'][:10]}")
    assert (set(machine.locks), machine.locks["owner"]["Release"]) == ({"owner"}, "1.0.0")

    machine.environment.clear()
    machine.scenario = {"made": {"ml-p-abc123-build": ID}}
    assert machine.run().returncode == 0, machine.log

    assert "Takes ml-p-abc123-build into the state" in machine.log
    assert "Interrupted" not in machine.locks["owner"]


def test_a_second_death_after_looking_is_looked_for_again(machine: Any) -> None:
    """Once for both: what the first one made was found, and what another release's made still has to be."""
    others = "|2026-11-20T09:00:00Z|2.0.0@0123456789ab"
    machine.stands(Interrupted=f"ip-10-0-0-9|2026-11-20T10:00:00Z,{others}")
    machine.scenario = {"apply": KILLED}

    assert machine.run().returncode == 1

    own, *more = machine.locks["owner"]["Interrupted"].split(",")
    assert own.startswith(machine.bash("uname -n").decode().strip() + "|")
    assert more == [others]


@pytest.mark.parametrize("creates", [False, True])
def test_an_update_that_heard_of_all_it_made_leaves_no_sign(machine: Any, creates: bool) -> None:
    """What is refused while something is changed has made nothing, and what is complete is in the state."""
    machine.stands()
    complete = "aws_s3_bucket.artifacts: Creation complete after 1s [id=x]\n" if creates else ""
    machine.scenario = {"apply": FAILED[0] | {"creates": creates, "says": f"{complete}\nError: AccessDenied\n"}}

    assert machine.run().returncode == 1

    assert "Interrupted" not in machine.locks["owner"]


def test_a_state_that_cannot_even_be_kept_is_told(machine: Any) -> None:
    """The bucket or the key, that the state could not be written to, has no room for its copy either."""
    machine.stands()
    machine.scenario = {"apply": UNWRITTEN}
    machine.environment |= {"FAKE_TERRAFORM_REFUSES": "state push", "FAKE_AWS_REFUSES": "errored.tfstate"}

    assert machine.run().returncode == 1

    assert machine.record["reason"] == (
        "terraform apply failed: Failed to save state no way to S3 The newest state could neither be written nor "
        'kept; the next run looks for what it knew (docs/operations.md, "A state that could not be written").'
    )
    assert "Interrupted" in machine.locks["owner"]


def test_what_only_a_newer_release_knows_to_look_for_keeps_its_copy(machine: Any) -> None:
    machine.stands(Interrupted="|2026-11-20T10:00:00Z|2.0.0@0123456789ab")
    path = machine.object_path(RESCUED)
    path.write_text("{}", encoding="utf-8")

    assert machine.run().returncode == 0
    assert path.exists()

    machine.settings["release_version"] = "2.0.0"
    machine.lock("owner", **machine.locks["owner"] | {"Interrupted": "|2026-11-20T10:00:00Z|2.0.0"})
    assert machine.run().returncode == 0
    assert not path.exists()


@pytest.mark.parametrize("command", ["plan", "init"])
def test_a_terraform_that_is_killed_before_the_apply_has_made_nothing(machine: Any, command: str) -> None:
    machine.stands()
    machine.scenario = {command: KILLED}

    assert machine.run().returncode == 1
    assert "Interrupted" not in machine.locks["owner"]
