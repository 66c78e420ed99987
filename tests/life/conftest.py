"""One local cloud, with package 1 twice, for all tests of how projects live on.

tests/conftest.py keeps this folder in one process, and with it on one local cloud.
"""

import pytest

from demo.stage import Place
from tests.journey.installed import place, platform
from tests.journey.world import Platform
from tests.life.stories import Stories

__all__ = ["place", "platform"]


@pytest.fixture(scope="session")
def stories(platform: Platform, place: Place) -> Stories:
    """All lives, lived side by side."""
    return Stories(platform, place.out)
