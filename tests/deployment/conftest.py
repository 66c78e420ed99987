"""One local cloud with package 1, which comes to offer a product that deploys, for all tests of deployments.

tests/conftest.py keeps this folder in one process, and with it on one local cloud.
"""

from collections.abc import Iterator

import pytest

from demo.stage import Place
from tests.deployment.stories import Stories
from tests.journey.installed import installed, options, place
from tests.journey.world import Platform
from tests.life.installation import little_seed

__all__ = ["options", "place"]


@pytest.fixture(scope="session")
def platform(place: Place, options: list[str]) -> Iterator[Platform]:
    """Package 1 with the first product alone, whose projects train nothing."""
    products = {"model-build": {"seed": "little"}}
    with installed(place, "deployment", options, products=products, seeds=little_seed(place.out)) as made:
        made.watcher("sqs")  # made here: making a client is not for several threads at once
        yield made


@pytest.fixture(scope="session")
def stories(platform: Platform, place: Place) -> Stories:
    """All projects of the tests, side by side."""
    return Stories(platform, place.out)
