"""A command on an instance, as a stack runs it."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml


class Runs:
    """Stacks with one CommandRunner each."""

    def __init__(self, cloud: Any, profile: str) -> None:
        self.cloud = cloud
        self.profile = profile
        self.client = cloud.client("cloudformation")
        self.ec2 = cloud.client("ec2")

    def start(self, command: str, timeout: int = 60) -> str:
        """Begin a stack; its id."""
        properties = {"Command": command, "Role": self.profile, "Timeout": timeout}
        resource = {"Type": "AWSUtility::CloudFormation::CommandRunner", "Properties": properties}
        template = {
            "Resources": {"Run": resource},
            "Outputs": {"Word": {"Value": {"Fn::GetAtt": ["Run", "Output"]}}},
        }
        name = f"run-{uuid.uuid4().hex[:8]}"
        return str(self.client.create_stack(StackName=name, TemplateBody=yaml.safe_dump(template))["StackId"])

    def settled(self, stack_id: str) -> dict[str, Any]:
        """Wait for the stack's end."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            stack: dict[str, Any] = self.client.describe_stacks(StackName=stack_id)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(0.05)
        raise AssertionError(f"{stack_id} is still in {stack['StackStatus']}")

    def instance(self) -> dict[str, Any]:
        """The instance that runs now, once it does."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            wanted = [{"Name": "instance-state-name", "Values": ["running"]}]
            for reservation in self.ec2.describe_instances(Filters=wanted)["Reservations"]:
                found: dict[str, Any] = reservation["Instances"][0]
                if found.get("IamInstanceProfile", {}).get("Arn", "").endswith(f"/{self.profile}"):
                    return found
            time.sleep(0.05)
        raise AssertionError("no instance runs")

    def state(self, instance_id: str) -> str:
        """An instance's state."""
        found = self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
        return str(found["State"]["Name"])

    def becomes(self, instance_id: str, state: str) -> None:
        """Wait for a state."""
        until(lambda: self.state(instance_id) == state)


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def runs(cloud: Any) -> Iterator[Runs]:
    iam, name = cloud.client("iam"), f"machine-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    yield Runs(cloud, name)
