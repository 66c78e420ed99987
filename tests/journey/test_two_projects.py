"""Two projects live side by side."""

import pytest

from tests.journey.stories import Stories

pytestmark = pytest.mark.journey


def test_the_second_changes_nothing_of_the_first(stories: Stories) -> None:
    before, after = stories.pair().before, dict(stories.pair().after)

    resources = after.pop("resources")
    for arn, tags in before["resources"].items():
        assert resources.get(arn) == tags, arn
    for subject, now in after.items():
        assert now == before[subject], subject


def test_each_has_its_own_state_resources_and_repository(stories: Stories) -> None:
    first, second = stories.pair().first, stories.pair().second

    assert second.launch.identifier != first.identifier
    resources = set(first.resources())
    assert not resources & second.resources
    for identifier, mine, inventory in (
        (first.identifier, resources, first.inventory()),
        (second.launch.identifier, second.resources, second.inventory),
    ):
        assert inventory["state"], f"no state at projects/{identifier}/"
        assert [arn for arn in mine if identifier in arn], "resources are named after their project"
    assert list(first.platform.git.heads(first.repository)) == ["main"]
    assert list(second.heads) == ["main"]


def test_the_second_trains_its_own_model(stories: Stories) -> None:
    second = stories.pair().second

    (model,) = second.models

    assert model["ModelPackageGroupName"] == second.launch.sagemaker_name
