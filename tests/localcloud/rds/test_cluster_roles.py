"""Roles of Aurora clusters."""

import pytest
from botocore.exceptions import ClientError

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
