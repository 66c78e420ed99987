"""The foundation in a folder of its own, and one local cloud that everything here is applied to."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.local_process import RunningCloud

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "foundation"


@dataclass
class Foundation:
    """The root module's copy, with the real provider and the local cloud as AWS."""

    folder: Path
    cloud: RunningCloud
    environment: dict[str, str] = field(repr=False)
    before: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A boto3 client as the administrator."""
        return self.cloud.client(service)

    def terraform(self, *arguments: str, expected: tuple[int, ...] = (0,)) -> str:
        """Run one command; its output is the result, and the failure's message."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )
        assert done.returncode in expected, f"terraform {arguments[0]}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def apply(self, values: dict[str, Any]) -> dict[str, Any]:
        """Apply with these values of the root's variables; the outputs."""
        (self.folder / "values.auto.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
        self.terraform("apply", "-auto-approve", "-input=false", "-no-color")
        return {name: output["value"] for name, output in json.loads(self.terraform("output", "-json")).items()}

    def changes(self) -> dict[str, list[str]]:
        """What a plan would do now, by address."""
        self.terraform("plan", "-input=false", "-no-color", "-out=plan", "-detailed-exitcode", expected=(0, 2))
        plan = json.loads(self.terraform("show", "-json", "plan"))
        return {
            change["address"]: change["change"]["actions"]
            for change in plan.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def destroy(self) -> None:
        self.terraform("destroy", "-auto-approve", "-input=false", "-no-color")


def copied(folder: Path) -> Path:
    """The foundation without what Terraform and other tests leave in it."""
    return Path(shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*")))


def own_environment(terraform_cli_config: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "GOGC") if name in os.environ}
    return kept | {
        "TF_CLI_CONFIG_FILE": str(terraform_cli_config),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }


@pytest.fixture(scope="module")
def foundation(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> Iterator[Foundation]:
    """An empty account, and the foundation ready to be applied to it."""
    home = tmp_path_factory.mktemp("foundation")
    cloud = RunningCloud(home / "cloud")
    try:
        made = Foundation(
            copied(home / "package"), cloud, cloud.environment | own_environment(terraform_cli_config)
        )
        made.terraform("init", "-input=false", "-lockfile=readonly", "-no-color")
        yield made
    finally:
        cloud.stop()
