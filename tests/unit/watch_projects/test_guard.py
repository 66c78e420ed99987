"""What Terraform is told when it makes, changes or destroys package 1."""

import traceback
from typing import Any

import pytest
from watch_projects.errors import HistoryLeft, ProjectsExist, StillProtected, UsageUnknown


@pytest.mark.parametrize("action", ["create", "update"])
def test_making_and_changing_are_never_refused(world: Any, action: str) -> None:
    world.catalog.refusal = "AccessDeniedException"

    assert world.call({"tf": {"action": action}, "deletion_protection": True}) == {"outcome": "guarding"}


def test_without_projects_the_package_may_go(world: Any) -> None:
    world.put("releases/1.0.0/release.json", "{}")

    assert world.destroy() == {"outcome": "released"}


def test_projects_are_named(world: Any) -> None:
    world.launched("p-abc123", name="churn")
    world.launched("p-def456", name="Fraud", Status="UNDER_CHANGE")
    world.state("p-left", "managed")

    with pytest.raises(ProjectsExist) as refused:
        world.destroy(delete_history=True)

    text = str(refused.value)
    assert text.startswith("Nothing was destroyed: 3 project(s) exist")
    assert "unnamed (p-left, no provisioned product)" in text
    assert (
        "Fraud (p-def456, model-build 1.0.0, UNDER_CHANGE); churn (p-abc123, model-build 1.0.0, AVAILABLE)" in text
    )
    assert "delete-project" in text


def test_a_long_list_ends(world: Any) -> None:
    for number in range(60):
        world.launched(f"p-{number:03}")

    with pytest.raises(ProjectsExist, match=r"60 project.* and 10 more"):
        world.destroy()


def test_the_message_comes_without_the_way_to_it(world: Any) -> None:
    """Lambda sends the trace along, and Terraform prints all of it."""
    world.launched("p-abc123")

    with pytest.raises(ProjectsExist) as refused:
        world.destroy()

    frames = [frame for frame in traceback.extract_tb(refused.tb) if "watch_projects/" in frame.filename]
    assert [frame.name for frame in frames if "/lambdas/" in frame.filename] == ["handler"]


def test_protection_is_taken_off_first(world: Any) -> None:
    with pytest.raises(StillProtected, match="deletion_protection = false, apply"):
        world.destroy(deletion_protection=True)
    with pytest.raises(StillProtected):
        world.call({"tf": {"action": "delete"}})


def test_history_goes_only_when_it_was_said(world: Any) -> None:
    world.state("p-gone")
    world.s3.delete_object(
        Bucket="ml-projects-state-111122223333-eu-west-1", Key="projects/p-gone/terraform.tfstate"
    )

    with pytest.raises(HistoryLeft, match="delete_history = true"):
        world.destroy()
    assert world.destroy(delete_history=True) == {"outcome": "released"}


def test_what_is_no_projects_is_never_deleted(world: Any) -> None:
    world.put("platform/terraform.tfstate", "{}")
    world.put("notes.txt", "mine")

    with pytest.raises(
        HistoryLeft, match=r"holds notes.txt, platform/, which is no project's.*init -migrate-state"
    ):
        world.destroy(delete_history=True)


def test_not_knowing_is_a_refusal(world: Any) -> None:
    world.catalog.refusal = "ThrottlingException"

    with pytest.raises(UsageUnknown):
        world.destroy()
