"""Roles that look at stacks need to be allowed to."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_describing_a_stack_needs_the_permission(stacks: Any, cloud: Any) -> None:
    iam, name = cloud.client("iam"), f"looker-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    allowed = {
        "Effect": "Allow",
        "Action": "cloudformation:DescribeStacks",
        "Resource": "arn:aws:cloudformation:*:*:stack/SC-*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    template = {"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    theirs = stacks.create(template, name=f"SC-{uuid.uuid4().hex[:8]}")
    other = stacks.create(template)
    client = cloud.client("cloudformation", cloud.internal.principals.assume(arn, "looker"))

    with pytest.raises(
        ClientError, match="is not authorized to perform: cloudformation:DescribeStacks"
    ) as refused:
        client.describe_stacks(StackName=theirs["StackId"])
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    iam.put_role_policy(RoleName=name, PolicyName="look", PolicyDocument=policy)

    assert client.describe_stacks(StackName=theirs["StackId"])["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert client.describe_stacks(StackName=theirs["StackName"])["Stacks"]
    for arguments in ({"StackName": other["StackId"]}, {"StackName": other["StackName"]}, {}):
        with pytest.raises(ClientError, match="not authorized"):
            client.describe_stacks(**arguments)
