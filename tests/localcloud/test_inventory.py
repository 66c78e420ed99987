"""Whatever exists has a name in the inventory, also what another thing holds."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.inventory import inventory

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})


@pytest.fixture(scope="module")
def held(cloud: Any) -> Any:
    """Things that hold others; by name."""
    bucket, role, group, rule = "inventory-bucket", "inventory-role", "/inventory/group", "inventory-rule"
    cloud.client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    cloud.client("iam").create_role(
        RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    cloud.client("logs").create_log_group(logGroupName=group)
    key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    network = cloud.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    cloud.client("events").list_rules()  # whose bus comes with a region's first use
    yield {"bucket": bucket, "role": role, "group": group, "rule": rule, "key": key, "network": network}
    cloud.client("s3").delete_bucket(Bucket=bucket)
    cloud.client("iam").delete_role(RoleName=role)
    cloud.client("logs").delete_log_group(logGroupName=group)
    cloud.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def grant(cloud: Any, held: dict[str, str]) -> Callable[[], Any]:
    kms, key = cloud.client("kms"), held["key"]
    made = kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:root", Operations=["Decrypt"])
    return lambda: kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])


def inline_policy(cloud: Any, held: dict[str, str]) -> Callable[[], Any]:
    iam, name = cloud.client("iam"), {"RoleName": held["role"], "PolicyName": "inline"}
    iam.put_role_policy(**name, PolicyDocument=POLICY)
    return lambda: iam.delete_role_policy(**name)


def upload(cloud: Any, held: dict[str, str]) -> Callable[[], Any]:
    s3, place = cloud.client("s3"), {"Bucket": held["bucket"], "Key": "half"}
    made = s3.create_multipart_upload(**place)
    return lambda: s3.abort_multipart_upload(**place, UploadId=made["UploadId"])


def stored_object(cloud: Any, held: dict[str, str]) -> Callable[[], Any]:
    s3, place = cloud.client("s3"), {"Bucket": held["bucket"], "Key": "whole"}
    s3.put_object(**place, Body=b"")
    return lambda: s3.delete_object(**place)


def log_stream(cloud: Any, held: dict[str, str]) -> Callable[[], Any]:
    logs, name = cloud.client("logs"), {"logGroupName": held["group"], "logStreamName": "stream"}
    logs.create_log_stream(**name)
    return lambda: logs.delete_log_stream(**name)


def event_rule(cloud: Any, held: dict[str, str]) -> Callable[[], Any]:
    events, name = cloud.client("events"), held["rule"]
    events.put_rule(Name=name, EventPattern='{"source": ["inventory"]}')
    return lambda: events.delete_rule(Name=name)


def security_group(cloud: Any, held: dict[str, str]) -> Callable[[], Any]:
    ec2 = cloud.client("ec2")
    made = ec2.create_security_group(GroupName="inventory", Description="one", VpcId=held["network"])
    return lambda: ec2.delete_security_group(GroupId=made["GroupId"])


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (grant, "kms/"),
        (inline_policy, "iam/"),
        (upload, "s3/"),
        (stored_object, "s3/"),
        (log_stream, "logs/"),
        (event_rule, "events/"),
        (security_group, "ec2/"),
    ],
    ids=lambda it: getattr(it, "__name__", ""),
)
def test_what_a_thing_holds_is_in_it_for_as_long_as_it_is_there(
    cloud: Any, held: dict[str, str], make: Any, named: str
) -> None:
    before = set(inventory())
    remove = make(cloud, held)
    added = set(inventory()) - before
    remove()

    assert any(name.startswith(named) for name in added)
    assert {name for name in set(inventory()) - before if name.startswith(named)} == set()
