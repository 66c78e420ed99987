"""Terraform's data source of functions, and an invocation that guards a destruction."""

import io
import json
import os
import shutil
import subprocess
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from toolchain.provider import find_mirror, write_cli_configuration

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
    shutil.copy(CONFIGURATION, tmp_path)
    configuration = write_cli_configuration(tmp_path / "tools", find_mirror(Path.home(), dict(os.environ)))
    environment = cloud.environment | {"TF_CLI_CONFIG_FILE": str(configuration)}

    def terraform(*arguments: str, word: str = "empty", expect: int = 0) -> str:
        given = [] if arguments[0] in ("init", "output") else [f"-var=function={name}", f"-var=word={word}"]
        done = subprocess.run(
            ["terraform", *arguments, *given, "-no-color"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    def result() -> Any:
        return json.loads(json.loads(terraform("output", "-json"))["result"]["value"])

    terraform("init", "-input=false")
    terraform("apply", "-input=false", "-auto-approve")
    assert result() == {"action": "create", "before": None}
    terraform("plan", "-input=false", "-detailed-exitcode")
    terraform("apply", "-input=false", "-auto-approve", word="p-1")
    assert result() == {"action": "update", "before": {"word": "empty"}}
    refused = terraform("destroy", "-input=false", "-auto-approve", word="p-1", expect=1)
    assert "projects exist: p-1" in refused
    terraform("apply", "-input=false", "-auto-approve")
    terraform("destroy", "-input=false", "-auto-approve")
