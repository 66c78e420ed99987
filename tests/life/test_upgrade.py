"""Releases come and go: a project stays on its own until it is updated, and returns when the update fails."""

import pytest

from tests.life.stories import Stories
from tests.life.upgrades import FIRST, REASON, SECOND, TEAM, THIRD, Look, Upgraded

pytestmark = pytest.mark.life
TAG = "sagemaker-projects:release"


@pytest.fixture(scope="module")
def story(stories: Stories) -> Upgraded:
    return stories.upgraded()


def releases(look: Look) -> set[str]:
    """What the tags of everything that the project owns say."""
    return {tags[TAG] for tags in look.inventory["resources"].values() if TAG in tags}


def test_a_new_release_changes_no_project(story: Upgraded) -> None:
    assert story.published.inventory == story.created.inventory
    assert story.published.outputs == story.created.outputs
    assert story.published.retentions == story.created.retentions
    assert story.published.outputs["Release"] == FIRST
    assert "Team" not in story.published.outputs


def test_an_update_brings_the_new_release(story: Upgraded) -> None:
    assert story.created.status == "CREATE_COMPLETE"
    assert story.updated.status == "UPDATE_COMPLETE"
    assert story.updated.described["ProjectStatus"] == "UpdateCompleted"
    # The changed template: a field more, and an output that shows it.
    assert story.updated.outputs["Team"] == TEAM
    # The changed package 2.
    assert set(story.created.retentions.values()) == {90}
    assert set(story.updated.retentions.values()) == {14}
    assert set(story.updated.retentions) - set(story.created.retentions) == {
        f"/aws/codebuild/{story.launch.prefix}-second"
    }


def test_the_release_is_visible(story: Upgraded) -> None:
    for look, release in ((story.created, FIRST), (story.updated, SECOND)):
        assert look.outputs["Release"] == release
        assert releases(look) == {release}
        assert look.records[-1]["release"] == release


def test_an_update_pushes_no_seed(story: Upgraded) -> None:
    for look in (story.published, story.updated, story.returned):
        assert look.heads == story.created.heads
    assert list(story.created.heads) == ["main"]


def test_a_release_that_fails_is_gone_back_from(story: Upgraded) -> None:
    assert story.returned.status == "UPDATE_ROLLBACK_COMPLETE"
    assert story.returned.outputs == story.updated.outputs
    failed, restored = story.returned.records[-2:]
    assert (failed["release"], failed["outcome"]) == (THIRD, "failed")
    assert REASON in failed["reason"]
    assert (restored["release"], restored["outcome"]) == (SECOND, "succeeded")
    assert restored["holder"].startswith("codebuild/")


def test_the_third_release_had_changed_something(story: Upgraded) -> None:
    """Otherwise nothing would have had to be put back."""
    restored = story.returned.records[-1]

    assert "aws_cloudwatch_log_group.build" in restored["changed"]
    assert "aws_cloudwatch_log_group.second" in restored["changed"]
    assert "aws_cloudwatch_log_group.third" in restored["changed"]


def test_the_person_sees_why(story: Upgraded) -> None:
    described = story.returned.described

    assert described["ProjectStatus"] == "UpdateFailed"
    message = described["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductStatusMessage"]
    assert "Either the command failed" in message


def test_the_project_is_what_it_was_on_the_second_release(story: Upgraded) -> None:
    assert story.returned.whole == story.updated.whole
    assert story.returned.retentions == story.updated.retentions
    assert releases(story.returned) == {SECOND}
    assert story.settled.result["drift"] is False, story.settled.result


def test_it_is_deleted_with_settings_that_package_1_no_longer_has(story: Upgraded) -> None:
    assert not story.settings_are_there
    (record,) = story.launch.run_records("destroy")
    assert (record["release"], record["outcome"]) == (SECOND, "succeeded")
    assert story.left == {}
