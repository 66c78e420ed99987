"""One life of the fault campaign (`make chaos` has them all), so that the campaign keeps working."""

import pytest

from tests.life.stories import Stories

pytestmark = pytest.mark.life


def test_a_project_survives_what_breaks(stories: Stories) -> None:
    outcomes = stories.broken()

    assert [outcome.row for outcome in outcomes] == list(stories.BROKEN)
    assert [problem for outcome in outcomes for problem in outcome.problems] == []
    assert all(outcome.hits for outcome in outcomes)
