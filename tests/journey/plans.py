"""Plans of both packages after they were applied."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from localcloud.cloud import search_path
from tests.journey.world import Launch, Platform

_SECONDS = 600


@dataclass(frozen=True)
class Plan:
    """How a plan ended: exit code, everything it printed, and the runner's one word."""

    code: int
    output: str
    word: str = ""


def plan_of_package_1(platform: Platform) -> Plan:
    """Plan again what was applied; exit code 2 would mean changes."""
    terraform = platform.terraform
    return _run(
        [
            *(str(terraform.binary), f"-chdir={terraform.package}", "plan"),
            *("-input=false", "-no-color", "-detailed-exitcode", *terraform.arguments),
        ],
        terraform.environment,
        terraform.package,
    )


def plan_of_package_2(launch: Launch, folder: Path) -> Plan:
    """Let the runner plan the project again, with what it was last applied with: its own copies of that."""
    platform, applied = launch.platform, launch.applied()
    copies = f"s3://{platform.state_bucket}/projects/{launch.identifier}/objects"
    platform.engineer(
        "s3", "cp", "--only-show-errors", f"{copies}/{applied['runner_sha256']}/runner.tar.gz", str(folder)
    )
    shutil.unpack_archive(folder / "runner.tar.gz", folder)
    (folder / "runner-settings").write_text(
        platform.engineer.read(f"{copies}/{applied['settings_sha256']}/runner-settings")
    )
    (folder / "parameters").write_text(applied["parameters"].replace(" ", "\n") + "\n")
    done = _run(
        ["bash", "runner.sh", "plan", "runner-settings", "parameters", "output"],
        {
            **platform.engineer.environment,
            "PATH": f"{platform.terraform.binary.parent}:{search_path()}",
            "TMPDIR": str(folder),
        },
        folder,
    )
    output = folder / "output"
    return Plan(done.code, done.output, output.read_text().strip() if output.exists() else "")


def _run(arguments: list[str], environment: dict[str, str], folder: Path) -> Plan:
    done = subprocess.run(
        arguments,
        env=dict(environment),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    return Plan(done.returncode, done.stdout)
