"""Terraform's resources for projects and provisioned products."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from toolchain.provider import find_mirror, write_cli_configuration

CONFIGURATION = Path(__file__).parent / "terraform" / "main.tf"
pytestmark = pytest.mark.terraform


def test_a_project_lives_in_terraform(studio: Any, tmp_path: Path) -> None:
    shutil.copy(CONFIGURATION, tmp_path)
    versions = studio.admin.list_provisioning_artifacts(ProductId=studio.product)["ProvisioningArtifactDetails"]
    values = {"product_id": studio.product, "artifact_id": versions[0]["Id"]}
    (tmp_path / "test.auto.tfvars.json").write_text(json.dumps(values))
    configuration = write_cli_configuration(tmp_path / "tools", find_mirror(Path.home(), dict(os.environ)))
    environment = studio.environment | {"TF_CLI_CONFIG_FILE": str(configuration)}

    def terraform(*arguments: str) -> str:
        command = ["terraform", *arguments, "-no-color"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    terraform("init", "-input=false")
    terraform("apply", "-input=false", "-auto-approve")
    terraform("plan", "-input=false", "-detailed-exitcode")
    assert json.loads(terraform("output", "-json"))["launch_path"]["value"] == "projects-test"
    assert studio.client.describe_project(ProjectName="terraform")["ProjectStatus"] == "CreateCompleted"

    (tmp_path / "test.auto.tfvars.json").write_text(json.dumps(values | {"repository": "owner/changed"}))
    terraform("apply", "-input=false", "-auto-approve")
    terraform("plan", "-input=false", "-detailed-exitcode")

    terraform("destroy", "-input=false", "-auto-approve")
    assert studio.client.describe_project(ProjectName="terraform")["ProjectStatus"] == "DeleteCompleted"
