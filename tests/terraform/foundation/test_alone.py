"""Each part alone: none of the modules is given anything of another one, only what the account had before."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from iam.engine import Engine, Question
from localcloud.faults.client import FaultClient
from tests.local_process import RunningCloud
from tests.terraform.foundation.conftest import Foundation, copied, inventory, own_environment

pytestmark = pytest.mark.terraform

# A bucket of a team, for copies.
COPY = "copy-of-the-data"
# A key's own policy, as AWS makes it.
ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
IAM_DECIDES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"}],
}


@dataclass
class Parts:
    """All parts side by side in one state, with no reference between them."""

    terraform: Foundation
    modules: dict[str, dict[str, Any]]
    before: dict[str, list[str]]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, cloud: RunningCloud, terraform_cli_config: Path) -> Parts:
    """The modules, each with a network, a key and a database that a team has already."""
    key, other_key = (cloud.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=COPY, CreateBucketConfiguration={"LocationConstraint": cloud.region})
    s3.put_bucket_versioning(Bucket=COPY, VersioningConfiguration={"Status": "Enabled"})
    subnets = cloud.client("ec2").describe_subnets()["Subnets"][:2]
    group = cloud.client("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    network = {
        "vpc_id": subnets[0]["VpcId"],
        "subnet_ids": [subnet["SubnetId"] for subnet in subnets],
        "security_group_ids": [group],
    }
    cloud.client("rds").create_db_cluster(
        DBClusterIdentifier="shop",
        Engine="aurora-postgresql",
        MasterUsername="platform",
        ManageMasterUserPassword=True,
    )
    for name in ("alone/git", "alone/git-other"):
        cloud.client("secretsmanager").create_secret(Name=name, SecretString='{"username":"a","password":"b"}')
    modules: dict[str, dict[str, Any]] = {
        "key": {},
        "network": {"kms_key_arn": key, "interface_endpoints": ["sts", "sagemaker.api"]},
        "data": {
            "kms_key_arn": key,
            "one_bucket": True,
            "delete_contents": True,
            "replication": {"bucket_arns": {"data": f"arn:aws:s3:::{COPY}"}, "kms_key_arn": other_key},
        },
        "studio": {
            "kms_key_arn": key,
            "network": network,
            "auth_mode": "SSO",
            "users": {"ada": {"sso_user_name": "ada@example.com"}},
            "delete_home_directories": True,
        },
        "notebooks": {
            "kms_key_arn": key,
            "network": network,
            "instances": {"ada": {}},
            "code_repository": {
                "url": "https://github.com/example-org/analysis.git",
                "secret_name": "alone/git",
            },
        },
        "aurora-inference": {"endpoint_names": ["churn"], "cluster_identifier": "shop"},
        "logs-and-jobs": {"kms_key_arn": key},
    }
    package = copied(tmp_path_factory.mktemp("parts") / "package")
    folder = package / "alone"
    folder.mkdir()
    calls = {
        f"alone-{name}": {"source": f"../modules/{name}", "name": f"a-{name}"[:24], **values}
        for name, values in modules.items()
    }
    (folder / "main.tf.json").write_text(json.dumps({"module": calls}), encoding="utf-8")
    shutil.copy(package / ".terraform.lock.hcl", folder)
    terraform = Foundation(folder, cloud, cloud.environment | own_environment(terraform_cli_config))
    terraform.terraform("init", "-input=false", "-lockfile=readonly", "-no-color")
    return Parts(terraform, modules, inventory(cloud))


def test_each_part_applies_alone(parts: Parts) -> None:
    parts.terraform.terraform("apply", "-auto-approve", "-input=false", "-no-color")

    listed = parts.terraform.terraform("state", "list")
    for name in parts.modules:
        assert f"module.alone-{name}." in listed


def test_a_second_plan_of_none_changes_anything(parts: Parts) -> None:
    parts.terraform.plan_without_changes()


def test_one_bucket_has_all_areas(parts: Parts) -> None:
    found = parts.terraform.client("s3").list_buckets()["Buckets"]

    assert len([bucket for bucket in found if bucket["Name"] not in parts.before["buckets"]]) == 1


def test_the_bucket_is_copied_by_a_role_that_may_do_just_that(parts: Parts) -> None:
    """S3 copies by itself. What it does then is asked of IAM (user guide, "Setting up permissions")."""
    s3, iam = parts.terraform.client("s3"), parts.terraform.client("iam")
    (bucket,) = (one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"] not in parts.before["buckets"])
    copying = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    (rule,) = copying["Rules"]
    encryption = rule["Destination"]["EncryptionConfiguration"]
    role = copying["Role"].rsplit("/", 1)[-1]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]

    assert (rule["Status"], rule["Destination"]["Bucket"]) == ("Enabled", f"arn:aws:s3:::{COPY}")
    source, copy = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{COPY}"
    (own_key,) = (
        one["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
        for one in s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    )
    other_key = encryption["ReplicaKmsKeyID"]
    may = [
        *((f"s3:{action}", source) for action in ("GetReplicationConfiguration", "ListBucket")),
        *((f"s3:GetObjectVersion{what}", f"{source}/x") for what in ("ForReplication", "Acl", "Tagging")),
        *((f"s3:Replicate{what}", f"{copy}/x") for what in ("Object", "Delete", "Tags")),
        *((("kms:Decrypt", own_key), ("kms:Encrypt", other_key), ("kms:GenerateDataKey", other_key))),
    ]
    may_not = [
        ("s3:ReplicateObject", f"{source}/x"),
        ("s3:GetObjectVersionForReplication", f"{copy}/x"),
        ("s3:GetObject", f"{source}/x"),
        ("kms:Encrypt", own_key),
    ]
    with Engine() as engine:
        allowed = [
            engine.ask(
                Question(
                    principal=f"arn:aws:sts::123456789012:assumed-role/{role}/s3-replication",
                    action=action,
                    resource=resource,
                    account="123456789012",
                    context={"kms:ViaService": "s3.eu-central-1.amazonaws.com"},
                    identity=("replicate",),
                    resource_policy="key" if action.startswith("kms:") else None,
                ),
                {"replicate": document, "key": IAM_DECIDES},
            ).allowed
            for action, resource in (*may, *may_not)
        ]
    assert allowed == [True] * len(may) + [False] * len(may_not)


def test_studio_users_may_come_from_the_identity_center(parts: Parts) -> None:
    sagemaker = parts.terraform.client("sagemaker")
    (domain,) = sagemaker.list_domains()["Domains"]

    profile = sagemaker.describe_user_profile(DomainId=domain["DomainId"], UserProfileName="ada")

    assert sagemaker.describe_domain(DomainId=domain["DomainId"])["AuthMode"] == "SSO"
    assert profile["SingleSignOnUserIdentifier"] == "UserName"
    assert profile["SingleSignOnUserValue"] == "ada@example.com"


def test_the_clean_up_reports_on_its_schedule_and_may_do_nothing_else(parts: Parts) -> None:
    name = "a-logs-and-jobs-clean-up"
    parts.terraform.client("logs").create_log_group(logGroupName="/aws/sagemaker/LabelingJobs")

    FaultClient(parts.terraform.cloud.environment["AWS_ENDPOINT_URL"]).fire(name)
    done = parts.terraform.automation(name)

    assert done["AutomationExecutionStatus"] == "Success", done
    (found,) = map(json.loads, done["Outputs"]["CleanUp.Found"])
    assert found["mode"] == "report"
    assert found["log_groups_without_retention"] == ["/aws/sagemaker/LabelingJobs"]
    (group,) = parts.terraform.client("logs").describe_log_groups(
        logGroupNamePrefix="/aws/sagemaker/LabelingJobs"
    )["logGroups"]
    assert "retentionInDays" not in group
    parts.terraform.client("logs").delete_log_group(logGroupName="/aws/sagemaker/LabelingJobs")


def test_an_existing_cluster_has_the_role(parts: Parts) -> None:
    (cluster,) = parts.terraform.client("rds").describe_db_clusters(DBClusterIdentifier="shop")["DBClusters"]

    (given,) = cluster["AssociatedRoles"]
    assert given["RoleArn"].endswith(":role/a-aurora-inference-aurora-inference")


def test_the_secret_is_the_one_with_exactly_that_name(parts: Parts) -> None:
    secret = parts.terraform.client("secretsmanager").describe_secret(SecretId="alone/git")["ARN"]

    (repository,) = parts.terraform.client("sagemaker").list_code_repositories()["CodeRepositorySummaryList"]

    assert repository["GitConfig"]["SecretArn"] == secret


def test_each_part_is_destroyed_alone_even_without_what_it_found(parts: Parts) -> None:
    """Others own the cluster and the secret, and may have deleted them first."""
    parts.terraform.client("rds").delete_db_cluster(DBClusterIdentifier="shop", SkipFinalSnapshot=True)
    parts.terraform.client("secretsmanager").delete_secret(SecretId="alone/git", ForceDeleteWithoutRecovery=True)

    parts.terraform.destroy()

    assert inventory(parts.terraform.cloud) == parts.before | {"clusters": []}
