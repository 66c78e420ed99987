"""All parts applied together to an empty account, asked after through real clients, destroyed: in this order."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.faults.client import FaultClient
from tests.terraform.foundation.conftest import PACKAGE, inventory

pytestmark = pytest.mark.terraform

AREAS = ("raw", "processed", "models")
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
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
    for name, principal in (
        ("analyst", {"AWS": f"arn:aws:iam::{foundation.cloud.account_id}:root"}),
        ("job", {"Service": "sagemaker.amazonaws.com"}),
    ):
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        foundation.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
    foundation.before = inventory(foundation.cloud)
    foundation.outputs = foundation.apply(
        {
            "name": "team",
            "network": {"nat": "single"},
            "data": {
                "areas": {"raw": {"readers": ["analyst"]}, "processed": {"writers": ["analyst"]}, "models": {}},
                "delete_contents": True,
                "sample_files": {"notebooks/hello.ipynb": "hello.ipynb"},
            },
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
            "logs_and_jobs": {"clean_up": {"areas": ["models"], "mode": "delete"}},
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


def test_a_reader_reads_and_a_writer_writes_and_neither_does_more(made):
    """As the role itself; the local cloud asks IAM, for the key too."""
    s3 = made.client("s3", "analyst")
    raw, processed, models = (made.outputs["data"]["locations"][area]["bucket"] for area in AREAS)

    read = s3.get_object(Bucket=raw, Key="notebooks/hello.ipynb")["Body"].read()
    listed = s3.list_objects_v2(Bucket=raw)["Contents"]
    s3.put_object(Bucket=processed, Key="mean.csv", Body=b"1")
    s3.delete_object(Bucket=processed, Key="mean.csv")

    assert json.loads(read) == NOTEBOOK
    assert [item["Key"] for item in listed] == ["notebooks/hello.ipynb"]
    for call, arguments in (
        (s3.put_object, {"Bucket": raw, "Key": "notebooks/hello.ipynb", "Body": b"{}"}),
        (s3.delete_object, {"Bucket": raw, "Key": "notebooks/hello.ipynb"}),
        (s3.list_objects_v2, {"Bucket": models}),
        (s3.put_object, {"Bucket": models, "Key": "x", "Body": b""}),
        (s3.put_bucket_policy, {"Bucket": processed, "Policy": "{}"}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**arguments)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_studio_users_have_the_data_and_no_managed_policy(made):
    iam, sagemaker = made.client("iam"), made.client("sagemaker")
    (arn,) = made.outputs["service_catalog_setup"]["studio_execution_role_arns"]

    profile = sagemaker.describe_user_profile(DomainId=made.outputs["studio"]["domain_id"], UserProfileName="ada")
    attached = iam.list_attached_role_policies(RoleName=arn.rsplit("/", 1)[-1])["AttachedPolicies"]

    assert profile["UserSettings"]["ExecutionRole"] == arn
    assert {policy["PolicyName"] for policy in attached} == {"team-read-raw", "team-write-processed"}
    assert sagemaker.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"


def test_a_notebook_instance_starts_with_its_notebooks(made, tmp_path):
    """Its script runs, with stand-ins for what needs root or systemd; the AWS CLI is the real one."""
    sagemaker = made.client("sagemaker")

    instance = sagemaker.describe_notebook_instance(NotebookInstanceName="team-ada")
    configuration = sagemaker.describe_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=instance["NotebookInstanceLifecycleConfigName"]
    )
    script = subprocess.run(
        ["base64", "-d"], input=configuration["OnStart"][0]["Content"].encode(), capture_output=True, check=True
    ).stdout

    assert instance["DirectInternetAccess"] == "Disabled"
    (tmp_path / "bin").mkdir()
    for name, body in {"sudo": 'shift 2; exec "$@"', "systemd-run": f'echo "$*" >{tmp_path}/timer'}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    for place, stand_in in (("/home/ec2-user/SageMaker", "home"), ("/usr/local/lib/notebook-workbench", "lib")):
        assert place.encode() in script
        script = script.replace(place.encode(), str(tmp_path / stand_in).encode())
    path = f"{tmp_path}/bin:{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash"], input=script, env=made.cloud.environment | {"PATH": path, "HOME": str(tmp_path)}, check=False
    )
    assert done.returncode == 0
    delivered = json.loads((tmp_path / "home" / "notebooks" / "hello.ipynb").read_text("utf-8"))
    assert delivered["cells"][0] == NOTEBOOK["cells"][0] | {
        "source": ["bucket = 'b'"],
        "outputs": [],
        "execution_count": None,
    }
    assert (tmp_path / "timer").read_text("utf-8").strip().endswith("stop_when_idle.py 3600")
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


def test_the_clean_up_takes_away_what_a_failed_job_has_left(made):
    """Its schedule first, which finds nothing so young; then its document with another age, and the same role."""
    sagemaker, s3, logs, ssm = (made.client(service) for service in ("sagemaker", "s3", "logs", "ssm"))
    models = made.outputs["data"]["locations"]["models"]["bucket"]
    sagemaker.create_processing_job(
        ProcessingJobName="scan",
        RoleArn=f"arn:aws:iam::{made.cloud.account_id}:role/job",
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["no-such-program"]},
        ProcessingResources={
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "out",
                    "S3Output": {
                        "S3Uri": f"s3://{models}/scan/out",
                        "LocalPath": "/opt/ml/processing/out",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    )
    deadline = time.monotonic() + 30
    while sagemaker.describe_processing_job(ProcessingJobName="scan")["ProcessingJobStatus"] != "Failed":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    s3.put_object(Bucket=models, Key="scan/out/half.csv", Body=b"1")
    s3.put_object(Bucket=models, Key="churn/model.tar.gz", Body=b"1")
    for group in ("Endpoints/gone", "LabelingJobs"):
        logs.create_log_group(logGroupName=f"/aws/sagemaker/{group}")
    document = made.outputs["logs_and_jobs"]["clean_up"]

    FaultClient(made.cloud.environment["AWS_ENDPOINT_URL"]).fire(document)
    on_schedule = made.automation(document)
    content = json.loads(ssm.get_document(Name=document)["Content"])
    content["mainSteps"][0]["inputs"]["InputPayload"]["older_than_days"] = -1
    ssm.create_document(Name=f"{document}-now", DocumentType="Automation", Content=json.dumps(content))
    ssm.start_automation_execution(DocumentName=f"{document}-now")
    now = made.automation(f"{document}-now")
    ssm.delete_document(Name=f"{document}-now")

    assert [run["AutomationExecutionStatus"] for run in (on_schedule, now)] == ["Success", "Success"], now
    (early,) = map(json.loads, on_schedule["Outputs"]["CleanUp.Found"])
    (found,) = map(json.loads, now["Outputs"]["CleanUp.Found"])
    assert early["jobs"] == early["outputs"] == early["log_groups_without_endpoint"] == []
    assert found["jobs"] == ["processing-job/scan"]
    assert sagemaker.list_processing_jobs()["ProcessingJobSummaries"] == []
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=models)["Contents"]] == ["churn/model.tar.gz"]
    groups = {group["logGroupName"]: group for group in logs.describe_log_groups()["logGroups"]}
    assert "/aws/sagemaker/Endpoints/gone" not in groups
    assert groups["/aws/sagemaker/LabelingJobs"]["retentionInDays"] == 90
    logs.delete_log_group(logGroupName="/aws/sagemaker/LabelingJobs")


def test_destroying_leaves_nothing_but_a_last_snapshot_and_home_directories(made):
    """With the commands of the README: SageMaker has put something of its own into the subnets."""
    blocks = re.findall(r"```bash\n(.*?)```", (PACKAGE / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 4
    with pytest.raises(ClientError, match="DependencyViolation"):
        made.client("ec2").delete_subnet(SubnetId=made.outputs["network"]["subnet_ids"][0])

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join(blocks)],
        cwd=made.folder,
        env=made.environment
        | {
            "PATH": f"{Path(sys.executable).parent}:{made.environment['PATH']}",
            "TF_CLI_ARGS_destroy": "-auto-approve -input=false -no-color",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    (system,) = made.client("efs").describe_file_systems()["FileSystems"]
    assert system["NumberOfMountTargets"] == 0
    rds = made.client("rds")
    (last,) = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert last["DBClusterSnapshotIdentifier"] == "team-inference-last"
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="team-inference-last")
    assert inventory(made.cloud) == made.before
