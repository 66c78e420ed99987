"""Roles of Aurora clusters."""

import json
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest
from botocore.exceptions import ClientError

from localcloud.principals import Credentials

ROLE = "arn:aws:iam::123456789012:role/inference"


def test_a_role_is_given_and_taken_away(cloud) -> None:
    client = cloud.client("rds")
    client.create_db_cluster(
        DBClusterIdentifier="roles",
        Engine="aurora-postgresql",
        MasterUsername="platform",
        ManageMasterUserPassword=True,
    )
    role = {"DBClusterIdentifier": "roles", "RoleArn": ROLE, "FeatureName": "SageMaker"}

    client.add_role_to_db_cluster(**role)
    (given,) = client.describe_db_clusters(DBClusterIdentifier="roles")["DBClusters"]
    client.remove_role_from_db_cluster(**role)
    (taken,) = client.describe_db_clusters(DBClusterIdentifier="roles")["DBClusters"]

    assert [item["RoleArn"] for item in given["AssociatedRoles"]] == [ROLE]
    assert taken["AssociatedRoles"] == []
    assert "ScalingConfigurationInfo" not in taken
    with pytest.raises(ClientError, match="is not associated"):
        client.remove_role_from_db_cluster(**role)
    with pytest.raises(ClientError, match="not found"):
        client.remove_role_from_db_cluster(**role | {"DBClusterIdentifier": "nobody"})


def test_a_database_gets_the_role_of_its_cluster_and_no_other(cloud) -> None:
    iam, rds = cloud.client("iam"), cloud.client("rds")
    for name, service in (("trusts-rds", "rds"), ("trusts-ec2", "ec2")):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            MasterUsername="platform",
            ManageMasterUserPassword=True,
        )
    assert ask(cloud, cluster="trusts-rds", feature="SageMaker")[0] == 404
    for name in ("trusts-rds", "trusts-ec2"):
        role = f"arn:aws:iam::123456789012:role/{name}"
        rds.add_role_to_db_cluster(DBClusterIdentifier=name, RoleArn=role, FeatureName="SageMaker")

    status, given = ask(cloud, cluster="trusts-rds", feature="SageMaker")

    assert status == 200
    database = cloud.client(
        "sts", Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    )
    assert database.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/trusts-rds/trusts-rds"
    assert ask(cloud, cluster="trusts-rds", feature="s3Import")[0] == 404
    assert ask(cloud, cluster="nobody", feature="SageMaker")[0] == 404
    assert ask(cloud, cluster="trusts-ec2", feature="SageMaker")[0] == 403


def ask(cloud, **body: str) -> tuple[int, dict[str, str]]:
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(
            f"{cloud.endpoint}/_localcloud/rds/role", json.dumps(body).encode(), timeout=30
        ) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)
