"""An approved model reaches staging and, when a person agrees, production; when it is rejected, it goes again."""

import pytest

from tests.deployment.deliveries import STAGES
from tests.deployment.stories import Stories
from tests.deployment.told import Changed, Deployed, Returned

pytestmark = pytest.mark.deployment


@pytest.fixture(scope="module")
def deployed(stories: Stories) -> Deployed:
    return stories.deployed()


@pytest.fixture(scope="module")
def returned(stories: Stories) -> Returned:
    return stories.returned()


def test_a_pipeline_with_nothing_to_deploy_is_stopped_and_says_so(deployed: Deployed) -> None:
    assert [one.summary["trigger"]["triggerType"] for one in deployed.empty] == ["CreatePipeline", "WebhookV2"]
    for one in deployed.empty:
        assert one.status == "Stopped"
        assert "is approved yet" in one.summary["stopTrigger"]["reason"]
        assert set(one.statuses()) == {"Source", "Build"}


def test_an_approval_starts_the_pipeline(deployed: Deployed) -> None:
    assert deployed.delivery.summary["trigger"]["triggerType"] == "CloudWatchEvent"
    assert deployed.delivery.statuses() == dict.fromkeys(STAGES, "Succeeded")


def test_who_decides_about_production_sees_what_about(deployed: Deployed) -> None:
    assert deployed.approval["status"] == "InProgress"
    action = deployed.delivery.actions["Approval"]
    words = action["input"]["resolvedConfiguration"]["CustomData"]
    notes = deployed.trained.package["CustomerMetadataProperties"]
    name = deployed.deploying.launch.name
    assert words.startswith(
        f"Project {name}: deploy model version 1 (commit {notes['commit']}, approved by arn:aws:sts::"
    )
    assert words.endswith(") to production? Staging runs it and has passed its tests.")
    assert action["updatedBy"].startswith("arn:aws:sts::")


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_what_was_trained_is_what_answers(deployed: Deployed, environment: str) -> None:
    answers = deployed.answers[environment]

    assert len(answers) > 1
    assert answers == pytest.approx(deployed.trained.offline, rel=1e-9)
    assert answers == pytest.approx(deployed.trained.contract["predictions"], rel=1e-9)


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_what_runs_says_where_it_comes_from(deployed: Deployed, environment: str) -> None:
    endpoint, package = deployed.endpoints[environment], deployed.trained.package

    assert endpoint.described["EndpointStatus"] == "InService"
    assert endpoint.version == 1
    assert endpoint.tags["deploy:model-package"] == deployed.trained.arn
    assert endpoint.tags["deploy:model-commit"] == package["CustomerMetadataProperties"]["commit"]
    assert endpoint.tags["sagemaker:project-id"] == deployed.deploying.launch.identifier
    bucket = deployed.deploying.launch.artifact_bucket
    copied = endpoint.model["PrimaryContainer"]["ModelDataUrl"]
    assert copied.startswith(f"s3://{bucket}/deploy/models/1-")


def test_every_environment_answers_in_every_format(deployed: Deployed) -> None:
    for action in ("SmokeTest", "Verify"):
        for kind in ("application/json", "application/jsonlines", "text/csv"):
            assert f"{kind}: {len(deployed.trained.rows)} rows answered" in deployed.delivery.logs[action]


def test_the_record_says_who_let_it_go_to_production(deployed: Deployed) -> None:
    action = deployed.delivery.actions["Approval"]
    record = deployed.deploying.records("prod")[0]

    assert record["production_approval"]["by"] == action["updatedBy"]
    commits = deployed.deploying.launch.platform.git.heads(deployed.deploying.repository)
    assert record["deploy_commit"] == commits["main"]


# --- once more ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def again(stories: Stories) -> Changed:
    return stories.again()


def test_deploying_again_changes_nothing(again: Changed) -> None:
    assert again.delivery.status == "Succeeded"
    for action in ("Staging", "Production"):
        log = again.delivery.logs[action]
        assert "No changes. Your infrastructure matches the configuration." in log
        assert "Resources: 0 added, 0 changed, 0 destroyed." in log


def test_deploying_again_touches_no_endpoint(again: Changed) -> None:
    for environment, before in again.before.items():
        assert again.after[environment] == before


def test_deploying_again_is_on_record(again: Changed, deployed: Deployed) -> None:
    for environment in again.after:
        first, second, *_ = deployed.deploying.records(environment)
        assert (first["outcome"], second["outcome"]) == ("deployed", "unchanged")
        assert first["generation"] == second["generation"]
        assert first["pipeline_execution"] == deployed.delivery.summary["pipelineExecutionId"]
        assert second["pipeline_execution"] == again.delivery.summary["pipelineExecutionId"]


# --- forth and back -------------------------------------------------------------------------------


def test_a_newer_model_takes_the_place_of_the_older_one(returned: Returned, deployed: Deployed) -> None:
    assert {name: endpoint.version for name, endpoint in returned.forth.after.items()} == {"staging": 2, "prod": 2}
    answers, _ = returned.answers
    assert answers == pytest.approx([value * 1.01 for value in deployed.trained.offline], rel=1e-9)


def test_a_rejection_returns_to_the_newest_approved_model(returned: Returned, deployed: Deployed) -> None:
    assert returned.trigger["triggerType"] == "CloudWatchEvent"
    assert returned.back.delivery.status == "Succeeded"
    for environment, endpoint in returned.back.after.items():
        assert endpoint.config == deployed.endpoints[environment].config
        assert endpoint.model["ModelArn"] == deployed.endpoints[environment].model["ModelArn"]
    _, answers = returned.answers
    assert answers == pytest.approx(deployed.trained.offline, rel=1e-9)
