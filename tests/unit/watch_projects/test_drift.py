"""Every project is planned once, a few at a time."""

from datetime import timedelta
from typing import Any

import pytest
from watch_projects.errors import BuildsUnavailable

from tests.unit.watch_projects.conftest import NOW

_SWEEP = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


def _projects(world: Any, number: int) -> list[str]:
    ids = [f"p-{index:03}" for index in range(number)]
    for project_id in ids:
        world.applied(project_id)
    return ids


def test_a_plan_is_started_with_what_was_applied_last(world: Any) -> None:
    world.applied("p-abc123")

    assert world.clock() == {"outcome": "ended", "started": ["p-abc123"], "unreadable": []}

    [build] = world.codebuild.builds
    variables = world.codebuild.variables(build)
    applied = dict(
        line.split("=", 1)
        for line in world.s3.get_object(
            Bucket="ml-projects-state-111122223333-eu-west-1", Key="projects/p-abc123/applied"
        )["Body"]
        .read()
        .decode()
        .splitlines()
    )
    assert variables == {
        "ACTION": "plan",
        "RUNNER_SHA256": applied["runner_sha256"],
        "SETTINGS_SHA256": applied["settings_sha256"],
        "PARAMETERS": applied["parameters"],
        "DRIFT_SWEEP": _SWEEP,
        "DRIFT_PROJECT": "p-abc123",
    }


def test_projects_without_a_successful_apply_are_left_alone(world: Any) -> None:
    world.state("p-new", "managed")
    world.put("projects/p-gone/runs/20261120T120000Z-destroy.json", "{}")

    assert world.clock() == {"outcome": "ended", "started": [], "unreadable": []}


def test_each_end_starts_the_next_until_all_had_their_turn(world: Any) -> None:
    ids = _projects(world, 10)

    started = list(world.clock()["started"])
    assert started == ids[:3]
    for _ in range(20):
        running = world.codebuild.running()
        if not running:
            break
        assert len(running) <= 3
        started += world.end(running[0], "FAILED")["started"]

    assert started == ids
    assert len(world.codebuild.builds) == 10


def test_two_ends_at_once_start_nothing_twice(world: Any) -> None:
    _projects(world, 6)
    world.clock()
    first, second, _ = world.codebuild.running()
    world.codebuild.builds[second]["buildStatus"] = "SUCCEEDED"

    world.end(first)
    world.end(second)
    world.end(second)

    assert len(world.codebuild.builds) == 5


def test_the_same_event_again_goes_on_where_the_sweep_is(world: Any) -> None:
    _projects(world, 5)
    world.clock()

    assert world.clock() == {"outcome": "started", "started": [], "unreadable": []}
    assert len(world.codebuild.builds) == 3


def test_a_sweep_that_takes_longer_than_a_day_is_finished_first(world: Any) -> None:
    ids = _projects(world, 4)
    world.clock(NOW - timedelta(days=1))

    assert world.clock()["outcome"] == "under way"
    assert world.end(world.codebuild.running()[0])["started"] == [ids[3]]


def test_the_next_day_begins_again(world: Any) -> None:
    ids = _projects(world, 2)
    world.clock(NOW - timedelta(hours=1))
    for build in world.codebuild.running():
        world.end(build)

    assert world.clock()["started"] == ids


def test_deletions_and_plans_on_demand_are_not_part_of_a_sweep(world: Any) -> None:
    _projects(world, 1)
    other = world.codebuild.add([{"name": "TEARDOWN_REQUEST", "value": "1"}])

    assert world.end(other) == {"outcome": "ignored", "started": [], "unreadable": []}
    assert list(world.codebuild.builds) == [other]


def test_when_codebuild_is_full_the_sweep_waits(world: Any) -> None:
    _projects(world, 3)
    world.codebuild.limit = 1

    assert world.clock() == {"outcome": "started", "started": ["p-000"], "unreadable": []}
    assert world.end(world.codebuild.running()[0])["started"] == ["p-001"]


def test_when_codebuild_takes_nothing_at_all_lambda_asks_again(world: Any) -> None:
    _projects(world, 3)
    world.codebuild.limit = 0

    with pytest.raises(BuildsUnavailable, match="limit of builds"):
        world.clock()

    world.codebuild.limit = 10
    assert world.clock()["started"] == ["p-000", "p-001", "p-002"]


def test_other_refusals_are_errors(world: Any) -> None:
    _projects(world, 1)
    world.codebuild.limit, world.codebuild.refusal = 0, "ResourceNotFoundException"

    with pytest.raises(BuildsUnavailable, match="ml-projects-teardown"):
        world.clock()


@pytest.mark.parametrize(
    "body", ["", "release=1\n", "parameters=$(id)\nrunner_sha256=a\n", "no line of that kind"]
)
def test_a_damaged_record_stops_nobody_else(world: Any, body: str) -> None:
    world.put("projects/p-000/applied", body)
    world.applied("p-001")

    assert world.clock() == {"outcome": "ended", "started": ["p-001"], "unreadable": ["p-000"]}


def test_hundreds_of_projects_are_all_planned(world: Any) -> None:
    ids = _projects(world, 110)
    started = list(world.clock()["started"])
    for _ in range(110):
        started += world.end(world.codebuild.running()[0])["started"]

    assert started == ids
