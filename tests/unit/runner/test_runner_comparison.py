"""A comparison that finds another run at work looks another time, but not for ever."""

import time
from typing import Any

import pytest

from tests.unit.runner.leases import DEAD, LEASE

TAKEN = """
Error: Error acquiring the state lock

Error message: operation error DynamoDB: PutItem, https response error StatusCode:
400, ConditionalCheckFailedException: The conditional request failed
Lock Info:
  ID:        99999999-8888-7777-6666-555555555555
  Who:       ada@laptop
  Version:   1.11.4
  Created:   {created}
  Info:
"""


def ago(hours: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600 * hours))


def taken(hours: float) -> str:
    """As Terraform writes times in its messages."""
    return TAKEN.format(created=ago(hours).replace("T", " ").replace("Z", ".123456789 +0000 UTC"))


@pytest.mark.parametrize("held", ["lease", "lock"])
def test_a_comparison_that_finds_another_run_has_not_failed(quick: Any, held: str) -> None:
    quick.stands()
    quick.scenario = {"describe-instances": ["running\n"], "plan": {"status": 1, "says": taken(23)}}
    if held == "lease":
        quick.lock("run", **LEASE | {"Started": ago(23)})

    done = quick.run("plan")

    assert done.returncode == 0, done.stdout
    assert quick.output == "not-looked-at\n"
    assert (quick.record["outcome"], quick.record["changes"]) == ("skipped", None)
    words = (
        f"a run is under way: apply by ec2/{DEAD}" if held == "lease" else "has Terraform's lock of this project"
    )
    assert words in quick.record["reason"]
    assert quick.events[0]["Detail"].count('"outcome": "skipped"') == 1
    assert quick.log.endswith(f"SKIPPED: {quick.record['reason']}")


@pytest.mark.parametrize(
    ("lease", "lock", "words"),
    [
        ({"Started": ago(25)}, 0, f"is said to be under way for 25 hours: apply by ec2/{DEAD}"),
        (
            {"Started": ago(2.5), "Holder": "host/ada@laptop"},
            0,
            "is said to be under way for 2 hours: apply by host/ada@laptop",
        ),
        ({}, 25, "somebody has Terraform's lock of this project for 25 hours: Error acquiring the state lock"),
    ],
)
def test_a_comparison_that_would_never_look_fails(
    quick: Any, lease: dict[str, str], lock: float, words: str
) -> None:
    """Or nobody would hear of it: a skipped one is told to nobody."""
    quick.stands()
    quick.scenario = {"describe-instances": ["running\n"], "plan": {"status": 1, "says": taken(lock)}}
    if lease:
        quick.lock("run", **LEASE | lease)

    assert quick.run("plan").returncode == 1

    assert quick.record["outcome"] == "failed"
    assert words in quick.record["reason"]
    assert 'docs/operations.md says under "A lock that nobody holds"' in quick.record["reason"]


def test_a_lock_table_that_refuses_a_comparison_is_a_failure(quick: Any) -> None:
    quick.stands()
    says = "\nError: Error acquiring the state lock\n\nError message: AccessDeniedException\n"
    quick.scenario = {"plan": {"status": 1, "says": says}}

    assert quick.run("plan").returncode == 1
    assert quick.record["outcome"] == "failed"
