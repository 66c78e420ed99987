"""Plans of both packages after they were applied."""

import json
import subprocess
import tarfile
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from localcloud.cloud import search_path
from tests.journey.world import Launch, Platform

_SECONDS = 180


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
    """Let the runner plan the project again, with the release, settings and form values of its creation."""
    platform = launch.platform
    mappings = _mappings(launch)
    release = mappings["Release"]
    (folder / "runner-settings").write_text(
        platform.engineer.read(f"s3://{platform.state_bucket}/objects/{release['SettingsSha256']}/runner-settings")
    )
    with tarfile.open(platform.terraform.release / "runner.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    (folder / "parameters").write_text(_parameters(launch))
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


def _mappings(launch: Launch) -> dict[str, dict[str, str]]:
    template = launch.platform.engineer(
        *("cloudformation", "get-template", "--stack-name", launch.stack()["StackId"])
    )["TemplateBody"]
    body = json.loads(template) if isinstance(template, str) else template
    return dict(body["Mappings"]["Platform"])


def _parameters(launch: Launch) -> str:
    """The form's values as the bootstrap hands them to the runner."""
    stack = launch.stack()
    given = {item["ParameterKey"]: item["ParameterValue"] for item in stack["Parameters"]}
    given["Stack"] = stack["StackId"]
    names = (
        *("SageMakerProjectName", "SageMakerProjectId", "GitRepoName"),
        *("GitBranchName", "GitRepoURL", "CodeStarConnectionArn", "Stack"),
    )
    return "".join(f"{name}={b64encode(given[name].encode()).decode()}\n" for name in names)


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
