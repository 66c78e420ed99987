"""Faults of one runner among several that share a role."""

import uuid
from typing import Any

import pytest
import yaml

from tests.localcloud.faults.test_kills import role, until


@pytest.fixture
def build(cloud: Any) -> Any:
    """Runs builds of one project with other variables."""
    client, name = cloud.client("codebuild"), f"about-{uuid.uuid4().hex[:8]}"
    commands = ["echo Destroy complete", "aws sts get-caller-identity"]
    client.create_project(
        name=name,
        source={
            "type": "NO_SOURCE",
            "buildspec": yaml.safe_dump({"version": 0.2, "phases": {"build": {"commands": commands}}}),
        },
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=role(cloud, "codebuild.amazonaws.com"),
    )

    def start(who: str) -> str:
        variables = [{"name": "PARAMETERS", "value": f"A=1 Name={who} Z=2"}]
        return str(client.start_build(projectName=name, environmentVariablesOverride=variables)["build"]["id"])

    def ended(build_id: str) -> str:
        def complete() -> Any:
            found = client.batch_get_builds(ids=[build_id])["builds"][0]
            return found["buildStatus"] if found["buildComplete"] else None

        return str(until(complete))

    return lambda *people: [ended(one) for one in [start(who) for who in people]]


@pytest.mark.parametrize(
    "fault",
    [
        {"on": "output", "child": "build", "matches": "Destroy complete", "how": "terminate"},
        {
            "on": "call",
            "kind": "kill",
            "service": "sts",
            "principal": "AWSCodeBuild-*",
            "child": "build",
            "how": "terminate",
        },
    ],
)
def test_only_the_build_that_works_on_it_dies(control: Any, build: Any, fault: dict[str, Any]) -> None:
    control.add({**fault, "about": "Name=ada ", "times": None})

    assert build("bob", "ada", "adam") == ["SUCCEEDED", "FAULT", "SUCCEEDED"]
    assert control.hits() == 1
