"""Functions made for a test: a role, an archive, a name of their own."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

LOG_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        }
    ],
}


def trust(*services: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def archive(**files: str) -> bytes:
    """A zip of Python modules, by module name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(f"{name}.py", text)
    return content.getvalue()


@pytest.fixture
def zipped() -> Callable[..., bytes]:
    return archive


@pytest.fixture
def role(cloud: Any) -> str:
    iam = cloud.client("iam")
    name = f"function-{uuid.uuid4().hex[:8]}"
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))["Role"][
        "Arn"
    ]
    iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=json.dumps(LOG_POLICY))
    return arn


@pytest.fixture
def function(cloud: Any, role: str) -> Callable[..., str]:
    """Makes a function of one module, `app`, and returns its name."""

    def make(code: str, **settings: Any) -> str:
        name = f"function-{uuid.uuid4().hex[:8]}"
        cloud.client("lambda").create_function(
            FunctionName=name,
            Role=role,
            Runtime="python3.13",
            Handler="app.handler",
            Code={"ZipFile": archive(app=code)},
            **{"Timeout": 20, **settings},
        )
        return name

    return make


@pytest.fixture
def log(cloud: Any) -> Callable[[str], list[str]]:
    """The messages of a log group, oldest first."""

    def read(group: str) -> list[str]:
        events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events]

    return read
