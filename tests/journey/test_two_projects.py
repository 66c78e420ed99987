"""Two projects live side by side."""

import pytest

from tests.journey.stories import Stories

pytestmark = pytest.mark.journey


def test_the_second_changes_nothing_of_the_first(stories: Stories) -> None:
    pair = stories.pair()

    after = pair.first.inventory()

    resources = after.pop("resources")
    for arn, tags in pair.before["resources"].items():
        assert resources.get(arn) == tags, arn
    for subject, now in after.items():
        assert now == pair.before[subject], subject


def test_each_has_its_own_state_resources_and_repository(stories: Stories) -> None:
    first, second = stories.pair().first, stories.pair().second

    assert second.identifier != first.identifier
    assert not set(first.resources()) & set(second.resources())
    for launch in (first, second):
        versions = launch.inventory()["state"]
        assert versions, f"no state at projects/{launch.identifier}/"
        assert list(launch.platform.git.heads(launch.repository)) == ["main"]
        named = [arn for arn in launch.resources() if launch.identifier in arn]
        assert named, "resources are named after their project"


def test_the_second_trains_its_own_model(stories: Stories) -> None:
    second = stories.pair().second

    model = second.models()[0]

    assert model["ModelPackageGroupName"] == second.sagemaker_name
