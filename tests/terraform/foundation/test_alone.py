"""Each part alone: none of the modules is given anything of another one, only what the account had before."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local_process import RunningCloud
from tests.terraform.foundation.conftest import Foundation, copied, inventory, own_environment

pytestmark = pytest.mark.terraform


@dataclass
class Parts:
    """All parts side by side in one state, with no reference between them."""

    terraform: Foundation
    modules: dict[str, dict[str, Any]]
    before: dict[str, list[str]]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, cloud: RunningCloud, terraform_cli_config: Path) -> Parts:
    """The modules, each with a network, a key and a database that a team has already."""
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
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
        "data": {"kms_key_arn": key, "one_bucket": True, "delete_contents": True},
        "studio": {"kms_key_arn": key, "network": network, "users": {"ada": {}}},
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
