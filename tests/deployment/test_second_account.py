"""Staging and production in an account of their own, which target-account-setup has prepared."""

import pytest

from tests.deployment.accounts import ENVIRONMENTS
from tests.deployment.deliveries import STAGES
from tests.deployment.stories import Stories
from tests.deployment.told import Deployed

pytestmark = pytest.mark.deployment


@pytest.fixture(scope="module")
def abroad(stories: Stories) -> Deployed:
    return stories.abroad()


def test_an_approved_model_reaches_the_other_account(abroad: Deployed) -> None:
    assert abroad.delivery.statuses() == dict.fromkeys(STAGES, "Succeeded")
    launch = abroad.deploying.launch
    member = launch.platform.terraform.handout.environment["MEMBER_ACCOUNT_ID"]
    assert member != launch.platform.account
    for environment in ENVIRONMENTS:
        endpoint = abroad.endpoints[environment]
        assert endpoint.described["EndpointArn"].split(":")[4] == member
        assert endpoint.model["ExecutionRoleArn"].split(":")[4] == member
        assert endpoint.tags["sagemaker:project-id"] == launch.identifier


def test_nothing_of_it_runs_in_the_platforms_account(abroad: Deployed) -> None:
    launch = abroad.deploying.launch
    here = launch.platform.engineer("sagemaker", "list-endpoints")["Endpoints"]

    assert not [item for item in here if launch.identifier in item["EndpointName"]]


def test_the_model_was_copied_to_where_the_other_account_may_read(abroad: Deployed) -> None:
    launch = abroad.deploying.launch
    for environment in ENVIRONMENTS:
        source = abroad.endpoints[environment].model["PrimaryContainer"]["ModelDataUrl"]
        assert source.startswith(f"s3://{launch.artifact_bucket}/deploy/models/1-")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_answers_there_as_it_was_trained_here(abroad: Deployed, environment: str) -> None:
    assert abroad.answers[environment] == pytest.approx(abroad.trained.offline, rel=1e-9)
