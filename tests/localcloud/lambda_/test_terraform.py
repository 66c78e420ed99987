"""Terraform's data source of functions, and an invocation that guards a destruction."""

import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.terraform import Terraform

CONFIGURATION = Path(__file__).parent / "terraform" / "main.tf"
GUARD = """
def handler(event, context):
    action = event["tf"]["action"]
    if action == "delete" and event["word"] != "empty":
        raise RuntimeError("projects exist: " + event["word"])
    return {"action": action, "before": event["tf"].get("prev_input")}
"""
pytestmark = pytest.mark.terraform


def test_an_invocation_refuses_the_destruction(cloud: Any, tmp_path: Path) -> None:
    iam, name, code = cloud.client("iam"), f"guard-{uuid.uuid4().hex[:8]}", io.BytesIO()
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", GUARD)
    cloud.client("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )
    terraform = Terraform(tmp_path, CONFIGURATION, cloud.environment, function=name, word="empty")

    terraform.apply()
    assert json.loads(terraform.output("result")) == {"action": "create", "before": None}

    terraform.apply(word="p-1")
    assert json.loads(terraform.output("result")) == {"action": "update", "before": {"word": "empty"}}
    assert "projects exist: p-1" in terraform.destroy(expect=1)

    terraform.apply(word="empty")
    terraform.destroy()
