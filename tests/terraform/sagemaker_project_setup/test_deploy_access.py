"""What the roles of a deployment may do, as a plan knows it: every document is read before anything is made."""

import copy
import fnmatch
from typing import Any

import pytest

from tests.terraform.sagemaker_project_setup.test_access import as_list

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("project-setup-roles")]

DOCUMENTS = {
    "artifacts_bucket": 1,
    "artifacts_deployed": 1,
    "deploy_build": 1,
    "deploy_environment": 2,
    "deploy_hosting": 2,
    "deploy_pipeline": 1,
    "deploy_start": 1,
    "deploy_tools": 1,
    "deploy_topic": 1,
    "deploy_trust": 5,
    "deploy_watching": 2,
    "endpoint": 2,
    "endpoint_trust": 2,
}
NAMES = "ml-p-abc123"


@pytest.fixture(scope="module")
def planned(roles: Any) -> dict[str, list[dict[str, Any]]]:
    """Documents of a project that deploys, by name; of environments first production's, then staging's."""
    settings = copy.deepcopy(roles.settings)
    settings["platform"]["deploy"] = {
        "permissions_boundary_arn": settings["platform"]["permissions_boundary_arn"],
        "seed": {"name": "model-deploy", "key": f"objects/{'b' * 64}/seed.zip", "sha256": "b" * 64},
    }
    return roles.terraform.planned_by_name(settings, *DOCUMENTS)


@pytest.fixture(scope="module")
def bucket(roles: Any) -> str:
    return f"arn:aws:s3:::{NAMES}-{roles.cloud.account_id}-{roles.cloud.region}"


def statement(document: dict[str, Any], sid: str) -> dict[str, Any]:
    [found] = [one for one in document["Statement"] if one["Sid"] == sid]
    return dict(found)


def allows(document: dict[str, Any], action: str, resource: str) -> list[str]:
    """Statements that allow it, if their conditions hold."""
    return [
        one["Sid"]
        for one in document["Statement"]
        if one["Effect"] == "Allow"
        and action in as_list(one["Action"])
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in as_list(one["Resource"]))
    ]


def test_no_document_waits_for_a_resource(planned: dict[str, list[dict[str, Any]]]) -> None:
    """Were one to, every change of that resource would show its policies as changed."""
    assert {name: len(found) for name, found in planned.items()} == DOCUMENTS


def test_the_first_half_writes_nothing_that_is_deployed(planned: Any, bucket: str, roles: Any) -> None:
    denied = statement(planned["artifacts_bucket"][0], "FirstHalfWritesNothingOfTheDeployment")

    assert denied["Effect"] == "Deny"
    assert set(denied["Action"]) == {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"}
    folder = f"arn:aws:iam::{roles.cloud.account_id}:role/sagemaker-projects/projects/{NAMES}"
    first_half = [f"{folder}-{role}" for role in ("build", "execution", "pipeline")]
    assert denied["Condition"] == {"ArnEquals": {"aws:PrincipalArn": first_half}}

    def covered(key: str) -> bool:
        return any(fnmatch.fnmatchcase(f"{bucket}/{key}", pattern) for pattern in denied["Resource"])

    for key in ("deploy/models/1-a/model.tar.gz", "deploy/prod/live.json", "deploy/prod/terraform.tfstate"):
        assert covered(key), key
    # As CodePipeline names them: twenty characters of the pipeline, ten of the artifact.
    for artifact in ("Deployment", "DeploySour"):
        assert covered(f"{NAMES}-deploy/{artifact}/aB3"), artifact
    for artifact in ("Source", "Build"):
        assert not covered(f"{NAMES}-build/{artifact}/aB3"), artifact


def test_a_project_that_does_not_deploy_denies_nothing_more(roles: Any) -> None:
    [document] = roles.terraform.planned_documents(roles.settings, "artifacts_bucket")

    assert [one["Sid"] for one in document["Statement"]] == [
        "DenyPlainText",
        "DenyOutdatedTls",
        "OnlyUnderThePlatformsKey",
        "NoKeysOfTheWriters",
    ]


def test_the_deployment_reads_no_artifact_of_the_first_half(planned: Any, bucket: str) -> None:
    for name in ("deploy_pipeline", "deploy_build", "deploy_environment"):
        for document in planned[name]:
            assert allows(document, "s3:GetObject", f"{bucket}/{NAMES}-deploy/Deployment/aB3"), name
            assert not allows(document, "s3:GetObject", f"{bucket}/{NAMES}-build/Source/aB3"), name


def test_a_promoted_model_is_written_once(planned: Any, bucket: str) -> None:
    [build] = planned["deploy_build"]
    writes = allows(build, "s3:PutObject", f"{bucket}/deploy/models/1-a/model.tar.gz")

    assert {sid: statement(build, sid)["Condition"] for sid in writes} == {
        "PromoteModels": {"Null": {"s3:if-none-match": "false"}},
        "PromoteModelsInParts": {"Bool": {"s3:ObjectCreationOperation": "false"}},
    }
    for name in ("deploy_environment", "endpoint"):
        for document in planned[name]:
            assert not allows(document, "s3:PutObject", f"{bucket}/deploy/models/1-a/model.tar.gz"), name


def test_an_environment_deletes_its_lock_and_no_record(planned: Any, bucket: str) -> None:
    for document, name in zip(planned["deploy_environment"], ("prod", "staging"), strict=True):
        other = {"prod": "staging", "staging": "prod"}[name]
        assert allows(document, "s3:DeleteObject", f"{bucket}/deploy/{name}/terraform.tfstate.tflock")
        for key in (f"{name}/deployments/x.json", f"{name}/terraform.tfstate", f"{name}/live.json"):
            assert allows(document, "s3:PutObject", f"{bucket}/deploy/{key}"), key
            assert not allows(document, "s3:DeleteObject", f"{bucket}/deploy/{key}"), key
        assert not allows(document, "s3:PutObject", f"{bucket}/deploy/{other}/live.json")


def test_production_sees_what_staging_runs_who_approved_and_whether_it_still_is(planned: Any, bucket: str) -> None:
    prod, staging = planned["deploy_environment"]

    assert allows(prod, "s3:GetObject", f"{bucket}/deploy/staging/live.json")
    assert not allows(prod, "s3:GetObject", f"{bucket}/deploy/staging/terraform.tfstate")
    assert not allows(staging, "s3:GetObject", f"{bucket}/deploy/prod/live.json")
    assert statement(prod, "ReadWhoApproved")["Action"] == "codepipeline:ListActionExecutions"
    for document in (prod, staging):
        assert statement(document, "ReadApprovals")["Action"] == "sagemaker:DescribeModelPackage"


def test_only_targets_with_the_projects_tags_are_scaled(planned: Any) -> None:
    for document, name in zip(planned["deploy_watching"], ("prod", "staging"), strict=True):
        own = {"sagemaker:project-id": "p-abc123", "deploy:environment": name}
        there = {f"aws:ResourceTag/{key}": value for key, value in own.items()}
        for one in document["Statement"]:
            actions = {
                action for action in as_list(one["Action"]) if action.startswith("application-autoscaling:")
            }
            if actions and not any(":Describe" in action for action in actions):
                namespace = {"application-autoscaling:service-namespace": "sagemaker"}
                expected = {"StringEquals": there, "StringEqualsIfExists": namespace}
                if one["Sid"] == "RegisterForAutoscaling":
                    asked = {f"aws:RequestTag/{key}": value for key, value in own.items()}
                    expected = {"StringEquals": asked, "StringEqualsIfExists": {**there, **namespace}}
                assert one["Condition"] == expected, one["Sid"]
