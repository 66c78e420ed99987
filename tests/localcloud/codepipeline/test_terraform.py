"""Terraform's AWS provider: applies, finds nothing to change afterwards, changes, destroys."""

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from toolchain.provider import find_mirror, write_cli_configuration
from toolchain.terraform import find, read_pin

_ROOT = Path(__file__).resolve().parents[3]
_CONFIGURATION = (Path(__file__).parent / "delivery.tf").read_text(encoding="utf-8")

pytestmark = pytest.mark.terraform


class Terraform:
    def __init__(self, folder: Path, environment: dict[str, str], program: str) -> None:
        self._folder = folder
        self._environment = environment
        self._program = program

    def run(self, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [self._program, *arguments, "-no-color"],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def terraform(cloud: Any, tmp_path: Path) -> Terraform:
    folder = tmp_path / "configuration"
    folder.mkdir()
    (folder / "main.tf").write_text(_CONFIGURATION, encoding="utf-8")
    with zipfile.ZipFile(folder / "function.zip", "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return {'doubled': event['number'] * 2}\n")
    configuration = write_cli_configuration(tmp_path / "tools", find_mirror(Path.home(), dict(os.environ)))
    program = os.environ.get("TERRAFORM") or str(
        find(_ROOT / ".tools", read_pin(_ROOT / "release" / "terraform.toml"))
    )
    environment = cloud.environment | {
        "TF_CLI_CONFIG_FILE": str(configuration),
        "TF_VAR_connection_arn": cloud.internal.default_connection_arn,
        "TF_VAR_name": f"tf-{tmp_path.parent.name[-4:]}-delivery".lower(),
    }
    return Terraform(folder, environment, program)


def test_the_resources_of_a_delivery_round_trip(cloud: Any, terraform: Terraform) -> None:
    terraform.run("init", "-input=false")

    terraform.run("apply", "-auto-approve", "-input=false")

    outputs = json.loads(terraform.run("output", "-json"))
    assert json.loads(outputs["invoked"]["value"]) == {"doubled": 42}
    assert "No changes" in terraform.run("plan", "-input=false", "-detailed-exitcode")

    terraform.run("apply", "-auto-approve", "-input=false", "-var=changed=true")
    assert "No changes" in terraform.run("plan", "-input=false", "-detailed-exitcode", "-var=changed=true")
    project = cloud.client("codebuild").batch_get_projects(names=[outputs["name"]["value"]])["projects"][0]
    assert project["timeoutInMinutes"] == 20

    terraform.run("destroy", "-auto-approve", "-input=false")
    assert not cloud.client("codebuild").batch_get_projects(names=[outputs["name"]["value"]])["projects"]
