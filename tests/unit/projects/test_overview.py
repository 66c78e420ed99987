"""`python -m projects list`: one line for each project, with what matters."""

import json
from datetime import timedelta
from typing import Any

import pytest

from projects.overview import Drift, overview

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _one(world: Any) -> Any:
    [project] = overview(world.platform)
    return project


def test_everything_about_one_project(world: Any) -> None:
    world.project("p-aaaaaaaaaaaa", "churn")
    world.applied("p-aaaaaaaaaaaa")
    world.run("p-aaaaaaaaaaaa", "apply", 3 * DAY)
    world.run("p-aaaaaaaaaaaa", "plan", DAY, changes=True, changed=["aws_s3_bucket.artifacts"])
    world.run("p-aaaaaaaaaaaa", "apply", HOUR, outcome="failed", reason="The key is gone.", release="1.1.0")
    world.item("p-aaaaaaaaaaaa", "run", Holder="ec2/i-0", Action="apply", Started="2026", Stream="s", Host="h")
    world.item("p-aaaaaaaaaaaa", "terraform.tfstate", Info=json.dumps({"Who": "root@h", "Operation": "x"}))
    world.answers(
        "codepipeline",
        "ListPipelineExecutions",
        lambda asked: {"pipelineExecutionSummaries": [{"pipelineExecutionId": "e", "status": "Failed"}]},
    )

    project = _one(world)

    assert (project.name, project.id, project.status) == ("churn", "p-aaaaaaaaaaaa", "CreateCompleted")
    assert (project.product, project.release, project.newest) == ("Model build", "1.0.0", "1.1.0")
    assert project.outdated
    assert not project.deprecated
    assert (project.last_run.action, project.last_run.outcome) == ("apply", "failed")
    assert project.last_run.reason == "The key is gone."
    assert (project.pipeline.execution, project.pipeline.status) == ("e", "Failed")
    assert (project.holder.who, project.holder.action, project.holder.stream) == ("ec2/i-0", "apply", "s")


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([], None),
        ([("apply", 2, {})], False),  # what was just applied does not differ
        ([("apply", 2, {}), ("plan", 1, {"changes": True})], True),
        ([("apply", 2, {}), ("plan", 1, {"changes": False})], False),
        ([("plan", 2, {"changes": True}), ("apply", 1, {})], False),
        ([("plan", 2, {"changes": False}), ("apply", 1, {"outcome": "failed"})], None),
        ([("apply", 2, {}), ("plan", 1, {"outcome": "failed"})], None),
        ([("plan", 2, {"changes": True}), ("plan", 1, {"outcome": "skipped"})], True),  # nobody has looked again
        ([("apply", 2, {}), ("plan", 1, {"outcome": "skipped"})], False),
    ],
)
def test_drift_is_what_the_last_run_knows(world: Any, runs: list[Any], found: bool | None) -> None:
    world.project("p-aaaaaaaaaaaa", "churn")
    for action, hours, values in runs:
        world.run("p-aaaaaaaaaaaa", action, hours * HOUR, **values)

    assert _one(world).drift.found is found


def test_without_anything_in_the_bucket(world: Any) -> None:
    """A project of another product, or one that has just begun."""
    world.project("p-aaaaaaaaaaaa", "churn", "CreateInProgress", artifact="v7")

    project = _one(world)

    assert (project.release, project.last_run, project.pipeline) == (None, None, None)
    assert (project.drift, project.holder) == (Drift(None), None)


def test_an_old_run_is_found_too_and_a_damaged_record_is_passed_over(world: Any) -> None:
    world.project("p-aaaaaaaaaaaa", "churn")
    world.run("p-aaaaaaaaaaaa", "apply", 400 * DAY)
    assert _one(world).last_run.action == "apply"
    world.put("projects/p-aaaaaaaaaaaa/runs/20991231T000000Z-plan.json", "{")
    assert _one(world).last_run is None  # the recent ones are looked at first, and this is one


def test_a_release_that_is_no_longer_on_offer_is_deprecated(world: Any) -> None:
    world.project("p-aaaaaaaaaaaa", "churn")
    world.applied("p-aaaaaaaaaaaa", "0.9.0")
    assert _one(world).deprecated


def test_a_terraform_lock_without_a_lease_is_shown(world: Any) -> None:
    world.project("p-aaaaaaaaaaaa", "churn")
    info = {"ID": "1", "Operation": "OperationTypeApply", "Who": "root@ip-1", "Created": "2026-12-01"}
    world.item("p-aaaaaaaaaaaa", "terraform.tfstate", Info=json.dumps(info))
    world.item("p-aaaaaaaaaaaa", "terraform.tfstate-md5", Digest="x")
    world.item("p-aaaaaaaaaaaa", "owner", Stack="arn")
    assert _one(world).holder.who == "root@ip-1"


def test_many_projects_and_one_of_them(world: Any) -> None:
    for number in range(120):
        world.project(
            f"p-{number:012d}", f"team-{number:03d}", "UpdateFailed" if number == 7 else "CreateCompleted"
        )
        world.item(f"p-{number:012d}", "run", Holder=f"ec2/i-{number}", Action="apply", Started="2026")

    found = overview(world.platform)

    assert [project.name for project in found] == [f"team-{number:03d}" for number in range(120)]
    assert [project.holder.who for project in found] == [f"ec2/i-{number}" for number in range(120)]
    assert [project.id for project in overview(world.platform, name="team-007")] == ["p-000000000007"]
    assert [project.name for project in overview(world.platform, name="p-000000000007")] == ["team-007"]
