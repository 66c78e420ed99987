"""One run at a time works on a project: who waits, and who takes over."""

from typing import Any

import pytest

from tests.unit.runner.leases import BUILD, DEAD, LEASE


@pytest.mark.parametrize("state", ["running\n", "pending\n", "stopping\n", "shutting-down\n"])
def test_a_run_whose_instance_lives_is_waited_for_and_then_named(quick: Any, state: str) -> None:
    quick.lock("run", **LEASE)
    quick.scenario = {"describe-instances": [state]}

    assert quick.run().returncode == 1
    assert quick.record["reason"] == (
        f"Another run works on this project: apply by ec2/{DEAD} since 2026-11-20T10:00:00Z, log stream "
        "p-abc123/apply/20261120T095955Z. This one waited 20 seconds for it; start it again when that one has "
        "ended."
    )
    assert quick.terraform_calls == []
    assert quick.locks["run"]["Nonce"] == "of the other"
    assert quick.log.count("Waits for another run of this project") == 1


def test_a_run_that_ends_meanwhile_is_followed(quick: Any) -> None:
    quick.lock("run", **LEASE)
    quick.scenario = {"describe-instances": ["running\n", "running\n", "terminated\n"]}

    assert quick.run().returncode == 0, quick.log
    assert "Waits for another run" in quick.log
    assert f"ec2/{DEAD}, which worked on this project" in quick.log


@pytest.mark.parametrize(
    "answer",
    [
        "terminated\n",
        "stopped\n",
        "\n",
        f"!An error occurred (InvalidInstanceID.NotFound): The instance ID '{DEAD}' does not exist",
    ],
)
def test_an_instance_that_is_gone_is_succeeded(quick: Any, answer: str) -> None:
    quick.lock("run", **LEASE)
    quick.scenario = {"describe-instances": [answer]}

    assert quick.run().returncode == 0, quick.log
    assert set(quick.locks) == {"owner"}


@pytest.mark.parametrize(
    ("status", "follows"),
    [
        ("IN_PROGRESS\tFalse\n", False),
        ("FAILED\tFalse\n", False),  # it still is in one of its last phases
        ("IN_PROGRESS\tTrue\n", False),
        ("FAILED\tTrue\n", True),
        ("STOPPED\tTrue\n", True),
        ("SUCCEEDED\tTrue\n", True),
        ("None\n", True),  # CodeBuild knows it no more
    ],
)
def test_a_build_is_asked_after(quick: Any, status: str, follows: bool) -> None:
    quick.lock("run", **LEASE | {"Holder": f"codebuild/{BUILD}"})
    quick.scenario = {"batch-get-builds": [status]}

    assert (quick.run().returncode == 0) is follows
    [call] = {tuple(call[:6]) for call in quick.aws_calls if call[1] == "batch-get-builds"}
    query = "builds[0].[buildStatus,buildComplete]"
    assert call == ("codebuild", "batch-get-builds", "--ids", BUILD, "--query", query)


def test_a_persons_machine_is_never_taken_for_dead(quick: Any) -> None:
    quick.lock("run", **LEASE | {"Holder": "host/ada@laptop"})

    assert quick.run().returncode == 1
    assert "apply by host/ada@laptop" in quick.record["reason"]
    assert 'docs/operations.md says under "A lock that nobody holds"' in quick.record["reason"]


@pytest.mark.parametrize("holder", [f"ec2/{DEAD}", f"codebuild/{BUILD}"])
def test_a_holder_that_cannot_be_asked_after_counts_as_alive(quick: Any, holder: str) -> None:
    quick.lock("run", **LEASE | {"Holder": holder})
    refusal = "!An error occurred (UnauthorizedOperation): You are not authorized"
    quick.scenario = {"describe-instances": [refusal], "batch-get-builds": [refusal]}

    assert quick.run().returncode == 1
    assert f"Another run works on this project: apply by {holder}" in quick.record["reason"]
    assert "could not be found out: An error occurred (UnauthorizedOperation)" in quick.log


@pytest.mark.parametrize("operation", ["get-item", "put-item"])
def test_without_the_lock_table_nothing_is_done(machine: Any, operation: str) -> None:
    machine.environment["FAKE_AWS_REFUSES"] = f"dynamodb {operation}"

    assert machine.run().returncode == 1
    assert "because the lock table sagemaker-projects-locks could not be used" in machine.record["reason"]
    assert "AccessDenied" in machine.record["reason"]
    assert machine.terraform_calls == []


def test_an_answer_that_was_lost_is_not_another_run(machine: Any) -> None:
    machine.environment["FAKE_AWS_LOSES"] = "put-item"

    assert machine.run().returncode == 0, machine.log
    assert set(machine.locks) == {"owner"}
