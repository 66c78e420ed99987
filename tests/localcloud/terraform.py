"""Terraform with the real AWS provider against the local cloud."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from toolchain.locate import prepare

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 300


class Terraform:
    """A configuration in a folder of its own, initialised. Variables lie in a file: every command has them."""

    def __init__(
        self, folder: Path, configuration: Path, environment: dict[str, str], **variables: str | bool
    ) -> None:
        folder.mkdir(exist_ok=True)
        shutil.copy(configuration, folder / "main.tf")
        self._folder = folder
        self._program = prepare(_ROOT)
        self._environment = environment | {
            "TF_CLI_CONFIG_FILE": os.environ["TF_CLI_CONFIG_FILE"],
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }
        self._variables: dict[str, str | bool] = {}
        self.choose(**variables)
        self.run("init", "-input=false")

    def choose(self, **variables: str | bool) -> None:
        """Set variables; the others stay."""
        self._variables |= variables
        (self._folder / "test.auto.tfvars.json").write_text(json.dumps(self._variables), encoding="utf-8")

    def add(self, name: str, *blocks: str) -> None:
        """Add a file of configuration."""
        (self._folder / name).write_text("".join(blocks), encoding="utf-8")

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command, which has to end with this exit status; what it wrote."""
        done = subprocess.run(
            [self._program, *arguments, "-no-color"],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    def apply(self, **variables: str | bool) -> None:
        """Set variables, apply, and see that a plan right after has nothing to do (its exit status would be 2)."""
        self.choose(**variables)
        self.run("apply", "-auto-approve", "-input=false")
        self.run("plan", "-detailed-exitcode", "-input=false")

    def output(self, name: str) -> Any:
        """The value of an output."""
        return json.loads(self.run("output", "-json", name))

    def destroy(self, expect: int = 0) -> str:
        """Destroy everything; what Terraform wrote."""
        return self.run("destroy", "-auto-approve", "-input=false", expect=expect)
