"""The settings of an environment, ``environments/<environment>.json``.

What is allowed in them is known in one place, ``terraform/settings``: Terraform checks them there, without a provider
and without an account, before anything is deployed.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.context import ROOT
from deploy.errors import DeployError
from deploy.terraform import Terraform

DEFAULT_KIND = "realtime"


def read(environment: str, root: Path = ROOT) -> dict[str, Any]:
    """The settings as they are written."""
    path = root / "environments" / f"{environment}.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeployError(f"environments/{environment}.json cannot be read: {error}") from error
    if not isinstance(settings, dict):
        raise DeployError(f"environments/{environment}.json must be an object of settings")
    return settings


def check(settings: dict[str, Any], environment: str, terraform: Terraform, root: Path = ROOT) -> None:
    """Have Terraform check the settings; raises DeployError with every problem in its words."""
    with TemporaryDirectory() as folder:
        values = Path(folder) / "settings.json"
        values.write_text(json.dumps({"settings": settings, "given": settings}), encoding="utf-8")
        module = terraform.at(root / "terraform" / "settings", Path(folder) / "data")
        module.run("init", "-backend=false", what="the settings could not be checked")
        module.run(
            "plan",
            f"-var-file={values}",
            f"-state={Path(folder) / 'none'}",
            what=f"environments/{environment}.json is not right",
        )
