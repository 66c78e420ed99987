"""Projects whose build specification is given by the test."""

import json
import time
import uuid
from typing import Any

import pytest


class Projects:
    """Makes projects and runs their builds."""

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.client = cloud.client("codebuild")
        self.role = self._role()

    def _role(self) -> str:
        iam = self.cloud.client("iam")
        name = f"build-{uuid.uuid4().hex[:8]}"
        principal = {"Service": "codebuild.amazonaws.com"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        document = {"Version": "2012-10-17", "Statement": [trust]}
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
        self.allow(arn, ["logs:*", "s3:*", "ssm:*", "secretsmanager:*"])
        return arn

    def allow(self, role: str, actions: list[str]) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        self.cloud.client("iam").put_role_policy(
            RoleName=role.rsplit("/", 1)[-1],
            PolicyName="access",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def create(self, buildspec: str, **settings: Any) -> str:
        name = f"project-{uuid.uuid4().hex[:8]}"
        self.client.create_project(
            **{
                "name": name,
                "source": {"type": "NO_SOURCE", "buildspec": buildspec},
                "artifacts": {"type": "NO_ARTIFACTS"},
                "environment": {
                    "type": "LINUX_CONTAINER",
                    "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                    "computeType": "BUILD_GENERAL1_SMALL",
                },
                "serviceRole": self.role,
                **settings,
            }
        )
        return name

    def start(self, name: str, **overrides: Any) -> str:
        build_id: str = self.client.start_build(projectName=name, **overrides)["build"]["id"]
        return build_id

    def get(self, build_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.batch_get_builds(ids=[build_id])["builds"][0]
        return found

    def wait(self, build_id: str, seconds: float = 60.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            build = self.get(build_id)
            if build["buildComplete"]:
                return build
            time.sleep(0.1)
        raise AssertionError(f"still running: {build}")

    def run(self, buildspec: str, overrides: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
        """Make a project, build it, wait for the end."""
        return self.wait(self.start(self.create(buildspec, **settings), **(overrides or {})))

    def log(self, build: dict[str, Any]) -> list[str]:
        """The messages of a build's log; CodeBuild's own without their times."""
        events = self.cloud.client("logs").get_log_events(
            logGroupName=build["logs"]["groupName"], logStreamName=build["logs"]["streamName"], startFromHead=True
        )["events"]
        messages = [event["message"] for event in events]
        return [line.split(" ", 3)[-1] if line.startswith("[Container]") else line for line in messages]

    @staticmethod
    def phases(build: dict[str, Any]) -> dict[str, str]:
        return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}

    @staticmethod
    def context(build: dict[str, Any], phase: str) -> dict[str, str]:
        found: dict[str, str] = next(item for item in build["phases"] if item["phaseType"] == phase)["contexts"][0]
        return found


@pytest.fixture
def projects(cloud: Any) -> Projects:
    return Projects(cloud)
