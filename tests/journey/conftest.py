"""One local cloud with package 1 for all of the journey's tests.

tests/conftest.py keeps this folder in one process, and with it on one local cloud.
"""

from collections.abc import Iterator

import pytest

from demo.stage import Place
from tests.journey.installed import installed, options, package_1, place
from tests.journey.stories import Stories
from tests.journey.world import Launch, Platform

__all__ = ["options", "package_1", "place"]


@pytest.fixture(scope="session")
def platform(place: Place, options: list[str]) -> Iterator[Platform]:
    """The local cloud, and package 1 as far as anybody could wait for it (``package_1`` waits for the rest)."""
    with installed(place, "journey", options) as made:
        yield made


@pytest.fixture(scope="session")
def stories(platform: Platform, place: Place) -> Stories:
    """All projects of the tests, launched side by side."""
    return Stories(platform, place.out)


@pytest.fixture(scope="session")
def first(stories: Stories) -> Launch:
    """The first project, completed, and its first execution ended."""
    return stories.first()
