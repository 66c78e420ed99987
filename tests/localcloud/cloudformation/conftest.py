"""Stacks made for a test, and waiting for their end."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import yaml

_PATIENCE_SECONDS = 60


class Stacks:
    """CloudFormation as a person with a terminal uses it."""

    def __init__(self, cloud: Any, region: str | None = None) -> None:
        self.cloud = cloud
        self.client = cloud.internal.client("cloudformation", region=region)

    def start(self, template: Any, name: str | None = None, **options: Any) -> str:
        """Begin a stack and return its id."""
        parameters = options.pop("parameters", {})
        answer = self.client.create_stack(
            StackName=name or f"test-{uuid.uuid4().hex[:8]}",
            TemplateBody=body(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            **options,
        )
        return str(answer["StackId"])

    def create(self, template: Any, name: str | None = None, **options: Any) -> dict[str, Any]:
        """Begin a stack, wait, and describe it."""
        return self.settled(self.start(template, name, **options))

    def update(self, stack_id: str, template: Any = None, **options: Any) -> dict[str, Any]:
        """Update a stack, wait, and describe it."""
        parameters = options.pop("parameters", {})
        source = {"UsePreviousTemplate": True} if template is None else {"TemplateBody": body(template)}
        self.client.update_stack(
            StackName=stack_id,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            **source,
            **options,
        )
        return self.settled(stack_id)

    def delete(self, stack_id: str, **options: Any) -> dict[str, Any]:
        """Delete a stack, wait, and describe what is left."""
        self.client.delete_stack(StackName=stack_id, **options)
        return self.settled(stack_id, also=("CREATE_FAILED", "CREATE_COMPLETE"))

    def settled(self, stack_id: str, also: tuple[str, ...] = ()) -> dict[str, Any]:
        """Wait until nothing goes on any more; ``also`` are states that do not count as an end."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            stack: dict[str, Any] = self.client.describe_stacks(StackName=stack_id)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS") and stack["StackStatus"] not in also:
                return stack
            time.sleep(0.05)
        raise AssertionError(f"{stack_id} is still in {stack['StackStatus']}")

    def events(self, stack_id: str) -> list[tuple[str, str]]:
        """(logical id, status), oldest first."""
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in self.raw_events(stack_id)]

    def raw_events(self, stack_id: str) -> list[dict[str, Any]]:
        """Events, oldest first."""
        events: list[dict[str, Any]] = self.client.describe_stack_events(StackName=stack_id)["StackEvents"]
        return events[::-1]

    def reason(self, stack_id: str, logical_id: str, status: str) -> str:
        """Why a resource came into a state."""
        return next(
            event.get("ResourceStatusReason", "")
            for event in self.raw_events(stack_id)
            if (event["LogicalResourceId"], event["ResourceStatus"]) == (logical_id, status)
        )

    def physical(self, stack_id: str) -> dict[str, str]:
        """Physical ids by logical id."""
        resources = self.client.describe_stack_resources(StackName=stack_id)["StackResources"]
        return {item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in resources}


def body(template: Any) -> str:
    return template if isinstance(template, str) else yaml.safe_dump(template)


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}


@pytest.fixture
def stacks(cloud: Any) -> Stacks:
    return Stacks(cloud)


@pytest.fixture
def stacks_in(cloud: Any) -> Callable[[str], Stacks]:
    """Stacks of another region."""
    return lambda region: Stacks(cloud, region)


@pytest.fixture(scope="session")
def runner(cloud: Any) -> str:
    """The name of an instance profile whose role EC2 may assume and that may write to the log group /runner."""
    iam, name = cloud.client("iam"), "cloudformation-test-runner"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    logs = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
        ],
    }
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=json.dumps(logs))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return name


def failing() -> dict[str, Any]:
    """A resource whose creation fails at once."""
    return {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": "true", "Role": "no-such-profile"},
    }


@pytest.fixture(name="failing")
def failing_resource() -> dict[str, Any]:
    return failing()
