"""Package 1 applied again with other values, and target-account-setup in the second account."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.journey.clients import Aws
from tests.journey.installed import vary
from tests.journey.world import Platform

_SECONDS = 300
_ROOT = Path(__file__).resolve().parents[2]
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
ENVIRONMENTS = ("staging", "prod")


def apply_again(platform: Platform, **variables: Any) -> None:
    """Apply package 1 once more.

    Raises:
        AssertionError: Terraform fails; with what it said.

    """
    terraform = platform.terraform
    vary(terraform.handout, **variables)
    _terraform(platform, terraform.package, terraform.environment, "apply", *terraform.arguments)


def in_second_account(platform: Platform) -> Aws:
    """The AWS CLI as the second account's administrator."""
    return replace(platform.engineer, profile="member-account")


def prepare(platform: Platform, folder: Path) -> dict[str, Any]:
    """Apply target-account-setup in the second account, once per environment; package 1's ``environments``."""
    package = Path(shutil.copytree(_ROOT / "target-account-setup", folder / "target-account-setup"))
    terraform = platform.terraform
    (state, *_) = terraform.arguments
    key_arn = _terraform(
        platform, terraform.package, terraform.environment, "output", state, "-raw", "kms_key_arn"
    ).strip()
    environment = {name: value for name, value in terraform.environment.items() if name not in _KEYS} | {
        "AWS_PROFILE": "member-account",
        "TF_DATA_DIR": str(folder / "target-data"),
    }
    _terraform(platform, package, environment, "init", "-lockfile=readonly")
    environments = {}
    for name in ENVIRONMENTS:
        values = folder / f"target-{name}.tfvars.json"
        values.write_text(
            json.dumps(
                {
                    "environment": name,
                    "external_id": f"penguins-go-{name}",
                    "platform": {"account_id": platform.account, "name": platform.name, "kms_key_arn": key_arn},
                    "region": platform.region,
                }
            )
        )
        state = f"-state={folder / f'target-{name}.tfstate'}"
        _terraform(platform, package, environment, "apply", state, f"-var-file={values}")
        printed = _terraform(platform, package, environment, "output", state, "-json", "environment")
        environments[name] = json.loads(printed)
    return environments


def _terraform(
    platform: Platform, package: Path, environment: dict[str, str], command: str, *arguments: str
) -> str:
    asked = {"init": ("-input=false",), "apply": ("-input=false", "-auto-approve")}.get(command, ())
    done = subprocess.run(
        [str(platform.terraform.binary), f"-chdir={package}", command, "-no-color", *asked, *arguments],
        env=environment,
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout
