"""Whoever does not deploy sees nothing of it: neither when the product comes, nor when its environments move."""

import pytest

from tests.deployment.stories import Stories
from tests.deployment.told import Plain

pytestmark = pytest.mark.deployment


@pytest.fixture(scope="module")
def plain(stories: Stories) -> Plain:
    return stories.plain()


def test_the_form_is_the_same(plain: Plain) -> None:
    before, after = plain.templates

    assert after == before


def test_the_project_is_the_same(plain: Plain) -> None:
    before, after = plain.inventories

    assert after == before
    assert not [arn for arn in after["resources"] if f"{plain.launch.prefix}-deploy" in arn]


def test_a_plan_changes_nothing(plain: Plain) -> None:
    assert plain.plan.word == "no-changes", plain.plan.output
