"""All parts applied together to an empty account, asked after through real clients, destroyed: in this order."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.foundation.conftest import inventory

pytestmark = pytest.mark.terraform

NOTEBOOK = {
    "cells": [{"cell_type": "code", "source": ["bucket = '@@BUCKET@@'"], "outputs": [{}], "execution_count": 3}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(scope="module")
def made(foundation) -> Iterator[Any]:
    foundation.client("secretsmanager").create_secret(
        Name="team/git", SecretString='{"username":"a","password":"b"}'
    )
    (foundation.folder / "hello.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    foundation.before = inventory(foundation.cloud)
    foundation.outputs = foundation.apply(
        {
            "name": "team",
            "network": {"nat": "single"},
            "data": {"delete_contents": True, "sample_files": {"notebooks/hello.ipynb": "hello.ipynb"}},
            "studio": {
                "roles": {"data-scientist": {"read": ["raw"], "write": ["processed"]}},
                "users": {"ada": {}},
            },
            "notebooks": {
                "instances": {"ada": {}},
                "delivered": {"placeholders": {"BUCKET": "b"}},
                "code_repository": {
                    "url": "https://github.com/example-org/analysis.git",
                    "secret_name": "team/git",
                },
            },
            "aurora_inference": {
                "endpoint_names": ["churn"],
                "new_cluster": {"deletion_protection": False},
            },
            "logs_and_jobs": {"clean_up": {"areas": ["models"]}},
        }
    )
    return foundation


def test_a_second_plan_changes_nothing(made):
    made.plan_without_changes()


def test_the_network_reaches_aws_through_endpoints_only(made):
    ec2, vpc = made.client("ec2"), made.outputs["network"]["vpc_id"]
    mine = [{"Name": "vpc-id", "Values": [vpc]}]

    endpoints = ec2.describe_vpc_endpoints(Filters=mine)["VpcEndpoints"]
    groups = ec2.describe_security_groups(Filters=mine)["SecurityGroups"]

    assert {endpoint["ServiceName"].rsplit("eu-central-1.", 1)[-1] for endpoint in endpoints} >= {
        *("s3", "dynamodb", "sagemaker.api", "sagemaker.runtime", "sts", "logs", "ecr.api", "ecr.dkr", "kms"),
        *("secretsmanager", "codebuild", "codepipeline", "codeconnections.api", "lambda", "events"),
        *("servicecatalog", "cloudformation"),
    }
    (default,) = (group for group in groups if group["GroupName"] == "default")
    assert default["IpPermissions"] == default["IpPermissionsEgress"] == []
    assert all(subnet["MapPublicIpOnLaunch"] is False for subnet in ec2.describe_subnets(Filters=mine)["Subnets"])
    assert ec2.describe_flow_logs()["FlowLogs"][0]["ResourceId"] == vpc


def test_buckets_are_closed_and_hold_what_was_named(made):
    s3, raw = made.client("s3"), made.outputs["data"]["locations"]["raw"]["bucket"]

    policy = json.loads(s3.get_bucket_policy(Bucket=raw)["Policy"])

    assert {statement["Effect"] for statement in policy["Statement"]} == {"Deny"}
    assert all(s3.get_public_access_block(Bucket=raw)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=raw)["Status"] == "Enabled"
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=raw)["Contents"]] == ["notebooks/hello.ipynb"]


def test_studio_users_have_the_data_and_no_managed_policy(made):
    iam, sagemaker = made.client("iam"), made.client("sagemaker")
    (arn,) = made.outputs["service_catalog_setup"]["studio_execution_role_arns"]

    profile = sagemaker.describe_user_profile(DomainId=made.outputs["studio"]["domain_id"], UserProfileName="ada")
    attached = iam.list_attached_role_policies(RoleName=arn.rsplit("/", 1)[-1])["AttachedPolicies"]

    assert profile["UserSettings"]["ExecutionRole"] == arn
    assert {policy["PolicyName"] for policy in attached} == {"team-read-raw", "team-write-processed"}
    assert sagemaker.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"


def test_a_notebook_instance_starts_with_a_script_that_bash_understands(made):
    sagemaker = made.client("sagemaker")

    instance = sagemaker.describe_notebook_instance(NotebookInstanceName="team-ada")
    configuration = sagemaker.describe_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=instance["NotebookInstanceLifecycleConfigName"]
    )
    script = subprocess.run(
        ["base64", "-d"], input=configuration["OnStart"][0]["Content"].encode(), capture_output=True, check=True
    ).stdout

    assert instance["DirectInternetAccess"] == "Disabled"
    subprocess.run(["bash", "-n"], input=script, check=True)
    repository = sagemaker.describe_code_repository(CodeRepositoryName=instance["DefaultCodeRepository"])
    assert ":secret:team/git" in repository["GitConfig"]["SecretArn"]


def test_the_database_has_the_role_that_invokes_the_endpoint(made):
    (cluster,) = made.client("rds").describe_db_clusters(DBClusterIdentifier="team-inference")["DBClusters"]
    role = made.outputs["aurora_inference"]["role_arn"]

    policy = made.client("iam").get_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyName="invoke")

    assert [(given["RoleArn"], given["FeatureName"]) for given in cluster["AssociatedRoles"]] == [
        (role, "SageMaker")
    ]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:InvokeEndpoint"
    assert statement["Resource"] == ["arn:aws:sagemaker:eu-central-1:123456789012:endpoint/churn"]


def test_logs_have_a_retention(made):
    groups = made.client("logs").describe_log_groups()["logGroups"]

    assert "/aws/sagemaker/TrainingJobs" in {group["logGroupName"] for group in groups}
    assert {group.get("retentionInDays") for group in groups if "/aws/" in group["logGroupName"]} == {90}


def test_destroying_leaves_nothing_but_a_last_snapshot(made):
    made.destroy()

    rds = made.client("rds")
    (last,) = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert last["DBClusterSnapshotIdentifier"] == "team-inference-last"
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="team-inference-last")
    assert inventory(made.cloud) == made.before
