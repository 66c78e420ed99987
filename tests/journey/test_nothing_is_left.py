"""The journey ends with deletion: what exists then is compared with what existed before the first project.

The comparison is over the stores of all services of the local cloud, so that it sees kinds of things that no list
here names. It runs last (tests/conftest.py).
"""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.journey.leftovers import everything
from tests.journey.stories import Stories
from tests.journey.world import Launch, Platform

pytestmark = pytest.mark.journey
# What stays by design, and what a service remembers of what is gone. {id} stands for any project's id.
STAYS = {
    r"s3/.*/buckets/{state}/projects/{id}/runs/.*": "run records",
    r"s3/.*/buckets/{state}/projects/{id}/terraform.tfstate": "versions of the state, until they expire",
}


def test_the_account_is_as_it_was(platform: Platform, package_1: Platform, stories: Stories) -> None:
    stories.end()
    listed = platform.scientist("sagemaker", "list-projects", "--max-results", "100")["ProjectSummaryList"]
    standing = [
        Launch(platform, project["ProjectName"], project["ProjectId"], project["ProjectArn"], "")
        for project in listed
        if project["ProjectStatus"] != "DeleteCompleted"
    ]
    assert standing
    with ThreadPoolExecutor(len(standing)) as hands:
        list(hands.map(Launch.delete, standing))

    added = everything(platform) - stories.before

    unexpected = {name for name in added if not any(re.fullmatch(stays, name) for stays in STAYS)}
    Path("/tmp/w/added.txt").write_text("\n".join(sorted(added)))
    assert unexpected == set()
