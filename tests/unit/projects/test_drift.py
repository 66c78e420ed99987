"""`python -m projects drift`: one build for each project, with exactly what was applied."""

from datetime import timedelta
from typing import Any

import pytest

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
    world.run(TWO[1], "plan", timedelta(), changes=True, holder="codebuild/another")
    checks = drift.start(world.platform, [ONE, TWO])
    world.builds[checks[0].build] = world.builds[checks[1].build] = "FAILED"
    world.run(
        ONE[1], "plan", timedelta(), outcome="failed", reason="Locked.", holder=f"codebuild/{checks[0].build}"
    )

    found = drift.wait(world.platform, checks, seconds=0, pause=lambda _: None)

    assert [one.drift for one in found] == [None, None]
    assert found[0].reason == "Locked."
    assert found[1].reason.endswith("ended (FAILED) without a run record")


def test_waiting_ends(world: Any) -> None:
    world.applied(ONE[1])
    paused: list[float] = []
    checks = drift.start(world.platform, [ONE])

    [found] = drift.wait(world.platform, checks, seconds=12, pause=paused.append)

    assert len(paused) == 3
    assert found.reason == f"the build {BUILD}:1 still runs"
