"""A project made, upgraded, moved and destroyed by package 2: the tests run in this order."""

import copy
import json

import pytest
from seed_repository.events import parse_request

PREFIX = "ml-p-abc123"

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("project-setup-applied")]


def test_everything_of_the_project_is_there(project):
    made = {kind: names - project.before[kind] for kind, names in project.inventory().items()}

    assert made == {
        "buckets": {f"{PREFIX}-123456789012-eu-central-1"},
        "roles": {f"{PREFIX}-{name}" for name in ("seed", "build", "pipeline", "execution")},
        "policies": set(),
        "log groups": {f"/aws/codebuild/{PREFIX}-build", f"/aws/lambda/{PREFIX}-seed"},
        "functions": {f"{PREFIX}-seed"},
        "builds": {f"{PREFIX}-build"},
        "pipelines": {f"{PREFIX}-build"},
        "code repositories": {f"{PREFIX}-build"},
        "model package groups": {"Churn-p-abc123"},
    }


def test_a_second_plan_changes_nothing(project):
    assert project.terraform.changes() == []


def test_everything_that_can_be_tagged_carries_the_project(project):
    tagged = [resource for resource in project.terraform.resources() if "tags_all" in resource["values"]]

    assert len(tagged) >= 11
    for resource in tagged:
        tags = resource["values"]["tags_all"] or {}
        assert {
            "sagemaker:project-name": "Churn",
            "sagemaker:project-id": "p-abc123",
            "sagemaker-projects:release": "1.0.0",
        }.items() <= tags.items(), resource["address"]


def test_the_seed_function_understands_its_event(project):
    (invocation,) = (
        resource for resource in project.terraform.resources() if resource["type"] == "aws_lambda_invocation"
    )

    request = parse_request(json.loads(invocation["values"]["input"]))

    assert request.repository.full_name == "example-org/churn"
    assert request.repository.create


def test_outputs_say_what_was_made(project):
    outputs = project.terraform.outputs()

    assert outputs["commit_sha"] == "c0ffee" * 6 + "c0de"
    assert outputs["repository_url"] == project.settings["project"]["repository_url"]
    assert outputs["pipeline_name"] == f"{PREFIX}-build"
    assert outputs["model_package_group_name"] == "Churn-p-abc123"
    assert outputs["release"] == "1.0.0"


def test_the_bucket_is_closed(project):
    s3, bucket = project.client("s3"), f"{PREFIX}-123456789012-eu-central-1"

    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BucketKeyEnabled"]
    assert (
        rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == project.settings["platform"]["kms_key_arn"]
    )


def test_a_newer_release_retags_and_does_not_seed_again(project):
    settings = copy.deepcopy(project.settings)
    settings["platform"]["release"] = "1.1.0"
    settings["platform"]["seed"] |= {"key": f"objects/{'b' * 64}/seed.zip", "sha256": "b" * 64}

    project.terraform.apply(settings)

    assert project.terraform.outputs()["release"] == "1.1.0"
    assert project.invocations() == 1
    assert project.terraform.changes() == []


def test_another_repository_gets_its_own_seed(project):
    settings = copy.deepcopy(project.settings)
    settings["project"]["repository"] = "example-org/churn-two"
    settings["project"]["repository_url"] += "-two"

    project.terraform.apply(settings)

    assert project.terraform.outputs()["repository_url"].endswith("/churn-two")
    assert project.invocations() == 2


def test_destroying_leaves_nothing(project):
    s3 = project.client("s3")
    for body in (b"first", b"second"):  # a version and the one before it
        s3.put_object(Bucket=f"{PREFIX}-123456789012-eu-central-1", Key="models/model.tar.gz", Body=body)

    project.terraform.run("destroy", "-auto-approve", "-input=false", "-no-color")

    assert project.inventory() == project.before
