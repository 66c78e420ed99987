"""What the platform engineer can know: how each project is, what differs, and what belongs to nobody."""

import json
from typing import Any

import pytest

from tests.journey.world import Platform
from tests.life.stories import Stories
from tests.life.upgrades import SECOND, THIRD, Upgraded

pytestmark = pytest.mark.life
# A project that never was.
NOBODY = "p-nobodyknows"


@pytest.fixture(scope="module")
def story(stories: Stories) -> Upgraded:
    return stories.upgraded()


@pytest.fixture(scope="module")
def listed(story: Upgraded) -> dict[str, dict[str, Any]]:
    """All projects, after somebody had changed the build of one of them."""
    return {project["name"]: project for project in story.listed}


def test_each_project_is_listed(listed: dict[str, dict[str, Any]]) -> None:
    project = listed["evolving"]

    assert project["status"] == "UpdateCompleted"
    assert (project["release"], project["newest"], project["deprecated"]) == (SECOND, SECOND, False)
    assert (project["last_run"]["action"], project["last_run"]["outcome"]) == ("plan", "succeeded")
    assert project["pipeline"]["status"] == "Succeeded"
    assert project["holder"] is None
    assert listed["unlucky"]["newest"] == SECOND


def test_nothing_differs_after_a_return(story: Upgraded) -> None:
    assert story.settled.code == 0
    assert (story.settled.result["drift"], story.settled.result["reason"]) == (False, None)


def test_what_somebody_has_changed_is_found(story: Upgraded, listed: dict[str, dict[str, Any]]) -> None:
    assert story.tampered.code == 1
    assert story.tampered.result["drift"] is True
    assert story.tampered.result["changed"] == ["aws_codebuild_project.build"]
    record = story.launch.run_records("plan")[0]
    assert (record["changes"], record["changed"]) == (True, ["aws_codebuild_project.build"])
    assert listed["evolving"]["drift"]["found"] is True
    assert listed["evolving"]["drift"]["changed"] == ["aws_codebuild_project.build"]


def test_drift_is_told(story: Upgraded) -> None:
    (told,) = story.messages.about(story.launch, "plan")

    assert told == story.launch.run_records("plan")[0]


def test_a_failed_update_is_told(story: Upgraded) -> None:
    (told,) = story.messages.about(story.launch, "apply")

    assert (told["outcome"], told["release"]) == ("failed", THIRD)
    assert told["reason"]


def test_what_belongs_to_nobody_is_named(stories: Stories) -> None:
    """Everything that was told here has left nothing that nobody chose to keep; then somebody leaves something."""
    stories.end()
    kept = stories.recovered().launch
    platform = stories.installed().platform
    exit_code, before = orphans(platform)
    planted = f"/aws/codebuild/ml-{NOBODY}-build"
    platform.engineer("logs", "create-log-group", "--log-group-name", planted)

    found_exit_code, after = orphans(platform)

    assert before["orphans"] == []
    assert exit_code == 0
    assert {resource["project"] for resource in before["kept"]} == {kept.identifier}
    (orphan,) = after["orphans"]
    assert found_exit_code == 1
    assert orphan["project"] == NOBODY
    assert orphan["name"].endswith(planted)
    assert orphan["reason"]
    assert orphan["advice"]


def orphans(platform: Platform) -> tuple[int, dict[str, Any]]:
    """What ``make orphans`` finds: exit code, and the findings."""
    done = platform.program("projects", "orphans", "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)
