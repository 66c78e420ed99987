"""A deleted project leaves no endpoint behind, and both of its repositories."""

import re

import pytest

from tests.deployment.stories import Stories
from tests.deployment.told import Deleted
from tests.endpoints import unreachable
from tests.journey.world import Platform

pytestmark = pytest.mark.deployment
HOSTED = {
    "alarms", "dashboards", "data quality job definitions", "endpoint configs", "endpoints", "log groups",
    "models", "monitoring schedules", "scalable targets", "scaling policies",
}  # fmt: skip
# What the platform keeps on purpose, and what services keep of what is gone.
STAYS = (
    r"s3/.*-state-.*/projects/p-\w+/runs/[^/]+\.json",
    r"dynamodb/.*-(seed|teardown)-requests/.*",
    r"logs/.*/groups//sagemaker-projects/[\w-]+/streams/.*",
    r"(iam/.*/access_keys|sts/.*/assumed_roles)/.*",
    r"ec2/.*/(reservations|enis|tags)/.*",
    r"sagemaker/.*/(processing_jobs|training_jobs|transform_jobs|model_package_tokens)/.*",
    r"codebuild/.*/_numbers/.*",
    r"logs/.*/groups//sagemaker-projects/[\w-]+/streams/.*",
)


@pytest.fixture(scope="module", params=["here", "in the second account"])
def deleted(request: pytest.FixtureRequest, stories: Stories) -> Deleted:
    return stories.deleted() if request.param == "here" else stories.gone_abroad()


def test_nothing_deployed_stays(deleted: Deleted) -> None:
    there = {kind.removesuffix(" there") for kind in deleted.before if kind.endswith(" there")}

    assert there >= HOSTED
    assert {"buckets", "roles", "deliveries", "builds", "model groups", "rules", "topics"} <= set(deleted.before)
    assert deleted.left == {}


def test_no_store_remembers_it(deleted: Deleted) -> None:
    assert {name for name in deleted.stores if not any(re.fullmatch(pattern, name) for pattern in STAYS)} == set()


def test_both_repositories_stay(deleted: Deleted) -> None:
    before, after = deleted.heads

    assert all(before)
    assert after == before


def test_a_deployment_that_runs_is_stopped(stories: Stories) -> None:
    """And what it has half made is removed with the rest: the tests above ask for that."""
    deleted = stories.gone_abroad()

    assert deleted.interrupted is not None
    assert deleted.interrupted["projectName"] == f"{deleted.deploying.pipeline}-staging"
    assert deleted.interrupted["buildStatus"] == "STOPPED"


def test_the_deletion_is_on_record(deleted: Deleted) -> None:
    assert (deleted.record["outcome"], deleted.record["kept"]) == ("succeeded", [])


def test_the_foundations_network_reaches_what_was_called(platform: Platform, stories: Stories) -> None:
    """Nothing that a deployment calls needs the internet, here or in the second account."""
    stories.deleted()
    stories.gone_abroad()

    assert unreachable(platform.terraform.handout.directory / "calls.jsonl") == {}
