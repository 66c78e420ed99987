"""The type registry: the CommandRunner is there, and can be registered with an execution role."""

import json
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

TYPE = "AWSUtility::CloudFormation::CommandRunner"


def test_the_command_runner_is_registered_from_the_start(cloud: Any) -> None:
    shown = cloud.aws("cloudformation", "describe-type", "--type", "RESOURCE", "--type-name", TYPE)
    assert (shown["TypeName"], shown["Visibility"], shown["DeprecatedStatus"]) == (TYPE, "PRIVATE", "LIVE")
    assert json.loads(shown["Schema"])["required"] == ["Command"]
    listed = cloud.aws("cloudformation", "list-types", "--visibility", "PRIVATE")
    assert [item["TypeName"] for item in listed["TypeSummaries"]] == [TYPE]


def test_without_registration_templates_may_not_use_it(cloud: Any, runner: str) -> None:
    """In a region of its own, so that the other tests keep theirs."""
    client = cloud.internal.client("cloudformation", region="eu-west-2")
    resource = {"Type": TYPE, "Properties": {"Command": "true", "Role": runner}}
    body = yaml.safe_dump({"Resources": {"Run": resource}})
    client.deregister_type(Type="RESOURCE", TypeName=TYPE)
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWSUtility"):
        client.validate_template(TemplateBody=body)
    with pytest.raises(client.exceptions.TypeNotFoundException):
        client.describe_type(Type="RESOURCE", TypeName=TYPE)
    token = client.register_type(Type="RESOURCE", TypeName=TYPE, SchemaHandlerPackage="s3://bucket/package.zip")
    status = client.describe_type_registration(RegistrationToken=token["RegistrationToken"])
    assert status["ProgressStatus"] == "COMPLETE"
    assert client.validate_template(TemplateBody=body)
    with pytest.raises(client.exceptions.CFNRegistryException, match="cannot run the handlers"):
        client.register_type(Type="RESOURCE", TypeName="My::Own::Type", SchemaHandlerPackage="s3://bucket/x.zip")


def test_the_handlers_act_as_the_execution_role(cloud: Any, runner: str) -> None:
    region, iam = "eu-north-1", cloud.client("iam")
    client = cloud.internal.client("cloudformation", region=region)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "resources.cloudformation.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = iam.create_role(RoleName="command-runner-execution", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    client.register_type(
        Type="RESOURCE", TypeName=TYPE, SchemaHandlerPackage="s3://bucket/x.zip", ExecutionRoleArn=role["Arn"]
    )
    properties = {"Command": "echo x > /command-output.txt", "Role": runner, "Timeout": 20}
    template = {"Resources": {"Run": {"Type": TYPE, "Properties": properties}}}
    client.create_stack(StackName="as-execution-role", TemplateBody=yaml.safe_dump(template))
    client.get_waiter("stack_create_complete").wait(
        StackName="as-execution-role", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    calls = [call for call in cloud.internal.call_log.read() if call["role_arn"] == role["Arn"]]
    assert {f"{call['service']}:{call['operation']}" for call in calls} == {
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ec2:RunInstances",
        "ec2:TerminateInstances",
        "iam:GetInstanceProfile",
        "ssm:GetParameter",
        "ssm:PutParameter",
    }
