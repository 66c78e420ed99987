"""Whose Terraform lock is released: that of the dead, and no other."""

import json
from typing import Any

import pytest

from tests.unit.runner.leases import LEASE, LOCK_ID, terraform_lock


def test_the_lock_of_the_dead_is_released_and_no_other(quick: Any) -> None:
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-9"))
    quick.scenario = {"describe-instances": ["terminated\n"]}

    assert quick.run().returncode == 0, quick.log
    assert quick.terraform_commands[:2] == ["init", "force-unlock"]
    assert quick.terraform_calls[1]["arguments"] == ["force-unlock", "-force", LOCK_ID]


@pytest.mark.parametrize(
    ("who", "created"),
    [
        ("root@ip-10-0-0-10", "2026-11-20T10:00:30Z"),  # another machine's
        ("root@ip-10-0-0-99", "2026-11-20T10:00:30Z"),  # whose name begins with the dead one's
        ("root@xip-10-0-0-9", "2026-11-20T10:00:30Z"),
        ("root@ip-10-0-0-9", "2026-11-20T09:59:59Z"),  # from before the dead run
        ("ada@laptop", "2026-11-20T10:00:30Z"),
    ],
)
def test_a_lock_of_somebody_else_is_left_to_terraforms_patience(quick: Any, who: str, created: str) -> None:
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock(who, created))
    quick.scenario = {"describe-instances": ["terminated\n"]}

    assert quick.run().returncode == 0
    assert "force-unlock" not in quick.terraform_commands


def test_the_lock_of_a_dead_predecessors_predecessor_is_released_too(quick: Any) -> None:
    dead = "ip-10-0-0-7|2026-11-20T09:00:00Z"
    quick.lock("run", **LEASE | {"Dead": dead})
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-7", "2026-11-20T09:00:30.5Z"))
    quick.scenario = {"describe-instances": ["terminated\n"]}

    assert quick.run().returncode == 0
    assert "force-unlock" in quick.terraform_commands
    [taken] = [
        item
        for call in quick.aws_calls
        if call[1] == "put-item" and "Started" in call[call.index("--condition-expression") + 3]
        for item in [json.loads(call[call.index("--item") + 1])]
    ]
    assert taken["Dead"]["S"] == f"ip-10-0-0-9|2026-11-20T10:00:00Z,{dead}"


@pytest.mark.parametrize("action", ["plan", "apply"])
def test_what_a_dead_run_made_is_still_looked_for_after_a_run_that_did_not(quick: Any, action: str) -> None:
    """A comparison, or an apply that fails before it looks, succeeds the dead one; the next apply has to know."""
    quick.stands()
    quick.lock("run", **LEASE)
    quick.scenario = {
        "describe-instances": ["terminated\n"],
        "init": {"says": "\nError: no network\n", "status": 1} if action == "apply" else {},
    }
    quick.run(action)
    # Who comes to the lock deals with it: whatever that host locks from now on is somebody's at work.
    host = "ip-10-0-0-9" if action == "apply" else ""
    assert quick.locks["owner"]["Interrupted"] == f"{host}|2026-11-20T10:00:00Z"
    assert quick.locks["owner"]["Release"] == "1.0.0"
    assert "run" not in quick.locks

    quick.scenario = {"made": {"ml-p-abc123-build": "p-abc123"}}
    assert quick.run().returncode == 0, quick.log

    assert "Takes ml-p-abc123-build into the state" in quick.log
    assert "Interrupted" not in quick.locks["owner"]


def test_a_sign_lets_a_lock_be_broken_once(quick: Any) -> None:
    """Somebody left it for a laptop, by hand; a comparison comes first, and then the laptop works again."""
    quick.stands(Interrupted="laptop|2026-01-01T00:00:00Z")
    quick.lock("terraform.tfstate", Info=terraform_lock("ada@laptop"))
    quick.scenario = {"plan": {"status": 0}}
    assert quick.run("plan").returncode == 0, quick.log
    assert "force-unlock" in quick.terraform_commands
    assert quick.locks["owner"]["Interrupted"] == "|2026-01-01T00:00:00Z"

    quick.lock("terraform.tfstate", Info=terraform_lock("ada@laptop", "2026-11-21T10:00:30.5Z"))
    assert quick.run("plan").returncode == 0, quick.log

    assert quick.terraform_commands.count("force-unlock") == 1
    assert "terraform.tfstate" in quick.locks


def test_a_plan_succeeds_the_dead_and_releases_their_lock(quick: Any) -> None:
    quick.stands()
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-9"))
    quick.scenario = {"describe-instances": ["terminated\n"], "plan": {"status": 0}}

    assert quick.run("plan").returncode == 0, quick.log

    assert quick.terraform_commands == ["init", "force-unlock", "state", "plan"]
    assert (quick.record["outcome"], quick.record["changes"]) == ("succeeded", False)
    assert set(quick.locks) == {"owner"}


def test_a_lock_of_the_dead_is_not_forgotten_by_who_fails_before_releasing_it(quick: Any) -> None:
    """Two successors fail in an orderly way, the second after another death; the third releases the lock."""
    quick.stands()
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-9"))
    broken = {"describe-instances": ["terminated\n"], "init": {"says": "\nError: no network\n", "status": 1}}
    quick.scenario = broken
    assert quick.run().returncode == 1
    quick.lock("run", **LEASE | {"Host": "ip-10-0-0-11", "Started": "2026-11-20T11:00:00Z"})
    assert quick.run().returncode == 1
    assert "terraform.tfstate" in quick.locks
    dead = "ip-10-0-0-11|2026-11-20T11:00:00Z,ip-10-0-0-9|2026-11-20T10:00:00Z"
    assert quick.locks["owner"]["Interrupted"] == dead

    quick.scenario = {}
    assert quick.run().returncode == 0, quick.log

    assert "force-unlock" in quick.terraform_commands
    assert set(quick.locks) == {"owner"}
    assert "Interrupted" not in quick.locks["owner"]


def test_a_creation_whose_terraform_was_killed_is_taken_back_under_its_own_lock(machine: Any) -> None:
    machine.scenario = {"apply": {"says": "Killed\n", "status": 137, "locks": True}}

    assert machine.run().returncode == 1

    commands = machine.terraform_commands
    assert commands.index("apply") < commands.index("force-unlock") < commands.index("destroy")
    assert machine.record["reason"] == "terraform apply failed: Terraform was killed by signal 9."
    assert machine.locks == {}


def test_a_terraform_that_was_killed_leaves_no_lock(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"apply": {"says": "Killed\n", "status": 137, "locks": True}}

    assert machine.run().returncode == 1
    assert machine.terraform_commands[-1] == "force-unlock"
    assert set(machine.locks) == {"owner"}
