"""Running Terraform, and telling its first error in one line."""

import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from deploy.errors import DeployError

_OPTIONAL = ("endpoint_name", "endpoint_config_name", "dashboard")


@dataclass(frozen=True)
class Terraform:
    """Terraform in one folder."""

    binary: str
    environment: dict[str, str]
    folder: Path = field(default_factory=Path)

    def at(self, folder: Path, data: Path | None = None) -> "Terraform":
        """The same in another folder, with its plugins in ``data``."""
        environment = {**self.environment, "TF_DATA_DIR": str(data)} if data else self.environment
        return replace(self, folder=folder, environment=environment)

    def run(self, command: str, *arguments: str, what: str) -> str:
        """Run a command and show what it prints; raises DeployError that begins with ``what``."""
        print(f"== terraform {command}", file=sys.stderr, flush=True)
        process = subprocess.Popen(
            [self.binary, command, "-input=false", "-no-color", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        for line in process.stdout or ():
            print(line, end="", file=sys.stderr, flush=True)
            lines.append(line)
        if process.wait() != 0:
            raise DeployError(f"{what}: {first_error(lines)}")
        return "".join(lines)

    def outputs(self) -> dict[str, Any]:
        """The values of the outputs; Terraform leaves out those that are null, as an endpoint's are for a batch."""
        done = self._quietly("output", "-json")
        if done.returncode != 0:
            raise DeployError(f"the outputs could not be read: {done.stderr.strip()}")
        given = {name: output["value"] for name, output in json.loads(done.stdout).items()}
        return dict.fromkeys(_OPTIONAL) | given

    def addresses(self) -> list[str]:
        """What the state knows: nothing before the first apply."""
        done = self._quietly("state", "list")
        if done.returncode != 0 and "No state file was found" not in done.stderr:
            raise DeployError(f"the state could not be read: {done.stderr.strip()}")
        return done.stdout.splitlines()

    def _quietly(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.binary, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def first_error(lines: list[str]) -> str:
    """The first error that Terraform printed, on one line, without its frame and the source it points at."""
    words: list[str] = []
    for raw in lines:
        line = raw.strip("│╷╵ \n\t")
        if line.startswith("Error: "):
            if words:
                break
            words.append(line.removeprefix("Error: "))
        elif words and line and not line.startswith(("on ", "with ", "├", "This was checked by")) and not _source(line):
            words.append(line)
    return " ".join(words)[:1500] or "see the lines above"


def _source(line: str) -> bool:
    """Whether a line is of the source, or a value beside it (``var.settings.kind is "edge"``)."""
    number, colon, _ = line.partition(":")
    return (bool(colon) and number.isdigit()) or line.startswith(("var.", "local.", "each.", "module.", "data."))
