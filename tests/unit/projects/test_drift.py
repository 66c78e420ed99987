"""`python -m projects drift`: one build for each project, with exactly what was applied."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from projects import drift
from projects.platform import PlatformError

ONE, TWO = ("churn", "p-aaaaaaaaaaaa"), ("fraud", "p-bbbbbbbbbbbb")
BUILD = "ml-projects-teardown"


def test_the_build_gets_what_was_applied(world: Any) -> None:
    world.applied(ONE[1])

    checks = drift.start(world.platform, [ONE, TWO])

    assert [(check.name, check.build) for check in checks] == [("churn", f"{BUILD}:1"), ("fraud", None)]
    assert "nothing was applied" in checks[1].trouble
    [asked] = world.started
    assert asked["projectName"] == BUILD
    assert {item["name"]: item["value"] for item in asked["environmentVariablesOverride"]} == {
        "ACTION": "plan",
        "RUNNER_SHA256": "aa",
        "SETTINGS_SHA256": "bb",
        "PARAMETERS": "GitRepoName=YS9i SageMakerProjectId=cA==",
    }


MANY = [(f"project{number}", f"p-{number:012}") for number in range(7)]


@pytest.mark.parametrize(("room", "most"), [(60, 3), (2, 2)])
def test_a_few_are_looked_at_at_a_time(world: Any, room: int, most: int) -> None:
    """Three, or as many as the account lets run."""
    world.room = room
    for _, identifier in MANY:
        world.applied(identifier)
    running: list[int] = []
    left: list[int] = []

    def pause(_seconds: float) -> None:
        running.append(len(world.started) - len(world.builds))
        world.builds[f"{BUILD}:{len(world.builds) + 1}"] = "SUCCEEDED"  # the oldest ends

    checks = drift.start(world.platform, MANY, pause=pause, progress=left.append)

    assert [check.build for check in checks] == [f"{BUILD}:{number + 1}" for number in range(7)]
    assert set(running) == {most}
    assert left == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("room", "started", "words"),
    [(60, 3, "after 20 s the builds before it had not ended"), (1, 1, "after 20 s CodeBuild took no more builds")],
)
def test_who_gets_no_turn_is_named(world: Any, room: int, started: int, words: str) -> None:
    world.room = room
    for _, identifier in MANY:
        world.applied(identifier)

    checks = drift.start(world.platform, MANY, seconds=20, pause=lambda _: None)
    results = drift.wait(world.platform, checks, seconds=0, pause=lambda _: None)

    assert [check.build is None for check in checks] == [False] * started + [True] * (7 - started)
    assert all(f"it could not be started: {words}" in (one.reason or "") for one in results[started:])


def test_another_refusal_ends_it(world: Any) -> None:
    world.applied(ONE[1])
    world.room, world.refusal = 0, "AccessDeniedException"
    with pytest.raises(ClientError, match="AccessDenied"):
        drift.start(world.platform, [ONE])


@pytest.mark.parametrize(
    ("buildspec", "words"), [("runner.sh destroy", "can only destroy"), ("", "is package 1 applied")]
)
def test_a_build_that_would_destroy_is_not_started(world: Any, buildspec: str, words: str) -> None:
    world.applied(ONE[1])
    world.buildspec = buildspec
    with pytest.raises(PlatformError, match=words):
        drift.start(world.platform, [ONE])
    assert world.started == []


def test_the_results_are_waited_for(world: Any) -> None:
    for _, identifier in (ONE, TWO):
        world.applied(identifier)
    checks = drift.start(world.platform, [ONE, TWO, ("new", "p-cccccccccccc")])
    left: list[int] = []

    def pause(_seconds: float) -> None:
        for name, identifier, changes in ((*ONE, True), (*TWO, False)):
            [build] = [check.build for check in checks if check.name == name]
            world.builds[build] = "SUCCEEDED"
            world.run(
                identifier,
                "plan",
                timedelta(),
                changes=changes,
                changed=["aws_iam_role.build"] if changes else [],
                holder=f"codebuild/{build}",
            )

    found = drift.wait(world.platform, checks, seconds=60, pause=pause, progress=left.append)

    assert left == [2, 0]
    assert [(one.drift, one.changed) for one in found] == [
        (True, ("aws_iam_role.build",)),
        (False, ()),
        (None, ()),
    ]


def test_what_cannot_be_known_is_said(world: Any) -> None:
    for _, identifier in (ONE, TWO):
        world.applied(identifier)
    busy = ("busy", "p-cccccccccccc")
    world.applied(busy[1])
    world.run(TWO[1], "plan", timedelta(), changes=True, holder="codebuild/another")
    checks = drift.start(world.platform, [ONE, TWO, busy])
    for check in checks:
        world.builds[check.build] = "FAILED" if check.name != "busy" else "SUCCEEDED"
    reason = "Not looked at, because a run is under way."
    world.run(
        busy[1], "plan", timedelta(), outcome="skipped", reason=reason, holder=f"codebuild/{checks[2].build}"
    )
    world.run(
        ONE[1], "plan", timedelta(), outcome="failed", reason="Locked.", holder=f"codebuild/{checks[0].build}"
    )

    found = drift.wait(world.platform, checks, seconds=0, pause=lambda _: None)

    assert [one.drift for one in found] == [None, None, None]
    assert [one.skipped for one in found] == [False, False, True]
    assert found[2].reason == reason
    assert found[0].reason == "Locked."
    assert found[1].reason.endswith("ended (FAILED) without a run record")


def test_waiting_ends(world: Any) -> None:
    world.applied(ONE[1])
    paused: list[float] = []
    checks = drift.start(world.platform, [ONE])

    [found] = drift.wait(world.platform, checks, seconds=12, pause=paused.append)

    assert len(paused) == 3
    assert found.reason == f"the build {BUILD}:1 still runs"
