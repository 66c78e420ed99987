"""Damaged states and locks that nobody holds, and what docs/operations.md has against them, word for word."""

import pytest

from tests.life.damages import Damage
from tests.life.hindrances import LOCK, NONCE, PERSON, Hindered
from tests.life.recoveries import Recovered
from tests.life.runs import items
from tests.life.stories import Stories

pytestmark = pytest.mark.life


@pytest.fixture(scope="module")
def story(stories: Stories) -> Recovered:
    return stories.recovered()


@pytest.fixture(scope="module")
def hindered(stories: Stories) -> Hindered:
    return stories.hindered()


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("missing", "is gone: release 1.0.0 was applied, but s3://"),
        ("corrupted", "does not have the expected content: its checksum is"),
        ("wrong", "and the lock table has 0123456789abcdef0123456789abcdef"),
    ],
)
def test_damage_is_told_and_nothing_is_changed(story: Recovered, which: str, words: str) -> None:
    damage: Damage = getattr(story, which)

    assert damage.refused["outcome"] == "failed"
    assert words in damage.refused["reason"]
    assert "Nothing was changed." in damage.refused["reason"]
    assert 'docs/operations.md, "A damaged state"' in damage.refused["reason"]
    assert damage.refused["reason"] in damage.log


def test_what_somebody_has_changed_is_put_back(story: Recovered) -> None:
    put_back = story.put_back
    assert (put_back["outcome"], put_back["changed"]) == ("succeeded", ["aws_codebuild_project.build"])


def test_afterwards_nothing_differs(story: Recovered) -> None:
    compared = story.compared
    assert (compared["outcome"], compared["changes"], compared["changed"]) == ("succeeded", False, [])


def test_a_state_that_could_not_be_written_can_be_gone_on_from(story: Recovered) -> None:
    assert story.rescued == story.serial


def test_a_project_without_any_state_can_be_deleted(story: Recovered) -> None:
    assert story.left == []
    assert set(items(story.launch)) == set()


def test_a_state_whose_project_is_gone_is_destroyed_as_it_was_made(story: Recovered) -> None:
    nobodys = story.nobodys
    assert "docs/operations.md" in nobodys.named["state"]
    assert nobodys.named["logs log-group"] == "goes with its state, which is listed too"
    assert (nobodys.record["outcome"], nobodys.record["changed"]) == (
        "succeeded",
        ["aws_cloudwatch_log_group.build"],
    )
    assert nobodys.left == []


def test_all_of_it_was_done_under_deletion_protection(story: Recovered) -> None:
    assert "AccessDenied" in story.protected


def test_who_cannot_be_asked_after_is_waited_for(hindered: Hindered) -> None:
    assert hindered.waited.shown["Holder"]["S"] == PERSON
    assert hindered.waited.shown["Nonce"]["S"] == NONCE
    log = hindered.waited.log
    assert f"Waits for another run of this project: apply by {PERSON} since 2026-01-01T00:00:00Z" in log
    assert hindered.waited.record["outcome"] == "succeeded"


def test_what_the_dead_run_held_and_made_is_not_forgotten_with_its_lease(hindered: Hindered) -> None:
    assert hindered.waited.sign == "laptop|2026-01-01T00:00:00Z"
    assert f"Releases the lock {LOCK}, which ada@laptop took" in hindered.waited.log
    assert "== Look for what a run has made and not written down" in hindered.waited.log


def test_another_branch_gets_its_own_seed_and_the_first_no_second_one(hindered: Hindered) -> None:
    """Also when its update fails and is gone back from."""
    assert hindered.waited.commits == {"main": 1, "second": 1}
    for branch, commit in hindered.waited.heads.items():
        assert hindered.terminated.heads[branch] == commit


def test_a_holder_that_is_gone_is_succeeded(hindered: Hindered) -> None:
    terminated = hindered.terminated

    assert f"ec2/{terminated.instance}, which worked on this project (apply since" in terminated.log
    assert terminated.lock["Operation"] == "OperationTypeApply"
    assert f"Releases the lock {terminated.lock['ID']}" in terminated.log
    assert terminated.items == {"owner", "terraform.tfstate-md5"}


def test_the_project_is_what_it_was_before_its_run_died(hindered: Hindered) -> None:
    terminated = hindered.terminated

    assert terminated.status == "UPDATE_ROLLBACK_COMPLETE"
    assert terminated.record["holder"].startswith("codebuild/")
    assert terminated.record["outcome"] == "succeeded"
    assert terminated.branches == ("second", "second")
    assert hindered.launch.reason()
