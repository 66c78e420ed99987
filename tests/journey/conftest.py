"""One local cloud with package 1 for all of the journey's tests.

tests/conftest.py keeps this folder in one process, and with it on one local cloud.
"""

import pytest

from demo.stage import Place
from tests.journey.installed import package_1, place, platform
from tests.journey.stories import Stories
from tests.journey.world import Launch, Platform

__all__ = ["package_1", "place", "platform"]


@pytest.fixture(scope="session")
def stories(platform: Platform, place: Place) -> Stories:
    """All projects of the tests, launched side by side."""
    return Stories(platform, place.out)


@pytest.fixture(scope="session")
def first(stories: Stories) -> Launch:
    """The first project, completed, and its first execution ended."""
    return stories.first()
