"""What a run does that has lost its lease, that fails, or that is not alone."""

import subprocess
import threading
import time
from typing import Any

import pytest

from tests.unit.runner.leases import LEASE


def test_a_lease_that_was_lost_ends_the_run_before_it_changes_anything(machine: Any) -> None:
    machine.scenario = {"plan": {"lease": LEASE}}

    assert machine.run().returncode == 1
    assert machine.record["reason"].startswith("This run has lost its lease to another run: apply by ec2/")
    assert "apply" not in machine.terraform_commands
    assert machine.locks["run"]["Nonce"] == "of the other"


def test_a_creation_that_lost_its_lease_takes_nothing_back(machine: Any) -> None:
    machine.scenario = {"apply": {"lease": LEASE}}

    assert machine.run().returncode == 1
    assert "destroy" not in machine.terraform_commands
    assert machine.record["reason"].endswith("What had been created stays, because this run has lost its lease.")


def test_a_destruction_that_lost_its_lease_destroys_nothing_more(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"plan": {"lease": LEASE}}

    assert machine.run("destroy").returncode == 1
    assert "apply" not in machine.terraform_commands
    assert "lost its lease" in machine.record["reason"]
    assert machine.locks["owner"]["Release"] == "1.0.0"


@pytest.mark.parametrize("command", ["init", "plan", "apply"])
def test_a_run_that_fails_gives_the_lease_back(machine: Any, command: str) -> None:
    machine.scenario = {command: {"says": "\nError: no\n", "status": 1}}

    assert machine.run().returncode == 1
    assert "run" not in machine.locks


def test_two_runs_at_once_work_one_after_the_other(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"plan": {"seconds": 1.5}}
    machine.write_inputs()
    done: list[int] = []
    runner = machine.bash("pwd").decode().strip()

    def run(action: str) -> None:
        done.append(
            subprocess.run(
                ["bash", f"{runner}/runner.sh", action, "settings", "parameters", f"output-{action}"],
                cwd=machine.root,
                env=machine.process_environment,
                capture_output=True,
                check=False,
                timeout=60,
            ).returncode
        )

    threads = [threading.Thread(target=run, args=(action,)) for action in ("apply", "destroy")]
    for thread in threads:
        thread.start()
        time.sleep(0.3)
    for thread in threads:
        thread.join()

    assert done == [0, 0]
    # Each initializes only when the other has ended.
    commands = [name for name in machine.terraform_commands if name in ("init", "apply")]
    assert commands == ["init", "apply", "init", "apply"]
    assert "run" not in machine.locks
