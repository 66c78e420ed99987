"""A bucket whose policy keeps old versions, as the state bucket's does: what is deleted comes back as a copy."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

KEY = "projects/p-1/terraform.tfstate"


@pytest.fixture
def bucket(cloud: Any) -> Iterator[str]:
    name, s3 = f"states-{uuid.uuid4().hex[:8]}", cloud.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObjectVersion",
        "Resource": f"arn:aws:s3:::{name}/projects/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denial]}))
    yield name
    s3.delete_bucket_policy(Bucket=name)
    found = s3.list_object_versions(Bucket=name)
    for version in [*found["Versions"], *found.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=name)


def test_versions_stay_and_come_back_as_copies(cloud: Any, bucket: str) -> None:
    s3 = cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key=KEY, Body=b"{}")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key=KEY)["VersionId"]

    for kept in (marker, version):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket=bucket, Key=KEY, VersionId=kept)

    s3.copy_object(Bucket=bucket, Key=KEY, CopySource={"Bucket": bucket, "Key": KEY, "VersionId": version})
    assert s3.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"{}"


def test_what_the_policy_does_not_name_may_go(cloud: Any, bucket: str) -> None:
    s3 = cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key="objects/x", Body=b"x")["VersionId"]

    s3.delete_object(Bucket=bucket, Key="objects/x", VersionId=version)

    assert "Versions" not in s3.list_object_versions(Bucket=bucket, Prefix="objects/")
    s3.put_object(Bucket=bucket, Key="objects/x", Body=b"x")
