"""The journey ends with deletion: what exists then is compared with what existed before the first project.

The comparison is over the stores of all services of the local cloud, so that it sees kinds of things that no list
here names. It runs last (tests/conftest.py).
"""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.endpoints import unreachable
from tests.journey.leftovers import everything
from tests.journey.stories import Stories
from tests.journey.world import Launch, Platform

pytestmark = pytest.mark.journey
# What the platform keeps on purpose, beside what was chosen to be kept.
_BY_DESIGN = {
    r"s3/.*-state-.*/projects/p-\w+/runs/[^/]+\.json": "run records",
    r"secretsmanager/.*github.*": "the GitHub token after its rotation",
    r"dynamodb/.*-seed-requests/.*-seed'}": "requests of the seed function, which expire",
    r"dynamodb/.*-teardown-requests/.*": "requests of the teardown function, which expire",
    r"logs/.*/groups//sagemaker-projects/[\w-]+/streams/.*": "what runs and functions have said, which expires",
}
# What a service has besides its resources: memories of what is gone, and what comes with a region's first use.
_OF_THE_SERVICES = {
    r"(iam/.*/access_keys|sts/.*/assumed_roles)/.*": "credentials that were given out, and run out",
    r"ec2/.*/(reservations|enis|tags)/.*": "terminated instances, which are shown for an hour",
    r"s3/0000000000\d\d/.*": "buckets of the services' own accounts",
    r"sagemaker/.*/(processing_jobs|training_jobs)/.*": "jobs, which cannot be deleted",
    r"sagemaker/.*/model_package_tokens/.*": "tokens of requests",
    r"logs/.*/groups//aws/sagemaker/(Processing|Training)Jobs(/streams/.*)?": "the account's logs of jobs",
    r"codebuild/.*/_numbers/.*": "counters of builds",
}
# What the tests themselves put there.
_OF_THE_TESTS = {
    r"s3/.*-state-.*/(test/\w+|objects/\w{64}/(runner-settings|elsewhere\.tar\.gz))": "products that fail",
}


def test_the_account_is_as_it_was(platform: Platform, package_1: Platform, stories: Stories) -> None:
    stories.end()
    listed = platform.scientist("sagemaker", "list-projects", "--max-results", "100")["ProjectSummaryList"]
    standing = [
        Launch(platform, project["ProjectName"], project["ProjectId"], project["ProjectArn"], "")
        for project in listed
        if project["ProjectStatus"] != "DeleteCompleted"
    ]
    kept, collided = stories.kept().launch, stories.collides()
    role = platform.engineer("iam", "get-role", "--role-name", f"{collided.prefix}-build")["Role"]["RoleId"]
    chosen = {
        rf"s3/.*/buckets/{kept.artifact_bucket}(/.*)?": "its artifact bucket was to be kept",
        rf"sagemaker/.*/model_packages?(_groups)?/.*{kept.sagemaker_name}.*": "its models were to be kept",
        rf"iam/.*/roles/{role}(/.*)?": "somebody else's, which stood in the way of a project",
    }
    assert stories.first().identifier in {launch.identifier for launch in standing}
    with ThreadPoolExecutor(len(standing)) as hands:
        list(hands.map(Launch.delete, standing))

    added = everything(platform) - stories.before

    stays = _BY_DESIGN | _OF_THE_SERVICES | _OF_THE_TESTS | chosen
    assert {name for name in added if not any(re.fullmatch(pattern, name) for pattern in stays)} == set()
    for pattern, reason in (_BY_DESIGN | chosen).items():
        assert any(re.fullmatch(pattern, name) for name in added), f"nothing is there of: {reason}"


def test_no_stack_and_no_product_is_left(platform: Platform) -> None:
    """As CloudFormation, Service Catalog and SageMaker say; the local cloud keeps these in stores of its own."""
    stacks = platform.engineer("cloudformation", "describe-stacks")["Stacks"]
    provisioned = platform.engineer(
        *("servicecatalog", "scan-provisioned-products"),
        *("--access-level-filter", "Key=Account,Value=self"),
    )["ProvisionedProducts"]
    projects = platform.scientist("sagemaker", "list-projects", "--max-results", "100")["ProjectSummaryList"]

    assert [stack["StackName"] for stack in stacks] == []
    assert [product["Name"] for product in provisioned] == []
    assert {project["ProjectStatus"] for project in projects} <= {"DeleteCompleted"}


def test_the_foundations_network_reaches_what_was_called(platform: Platform) -> None:
    assert unreachable(platform.terraform.handout.directory / "calls.jsonl") == {}
