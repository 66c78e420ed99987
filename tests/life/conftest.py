"""One local cloud, with package 1 twice, for all tests of how projects live on.

tests/conftest.py keeps this folder in one process, and with it on one local cloud.
"""

from collections.abc import Iterator

import pytest

from demo.stage import Place
from tests.journey.installed import installed, options, place
from tests.journey.world import Platform
from tests.life.stories import Stories

__all__ = ["options", "place"]


@pytest.fixture(scope="session")
def platform(place: Place, options: list[str]) -> Iterator[Platform]:
    """The local cloud, and package 1 as far as anybody could wait for it."""
    with installed(place, "life", options, alone=False) as made:
        yield made


@pytest.fixture(scope="session")
def stories(platform: Platform, place: Place) -> Stories:
    """All lives, lived side by side."""
    return Stories(platform, place.out)
