"""Package 1 once more, under a name of its own: it changes while its projects live, and no other sees it."""

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from release.archives import sha256, zip_archive
from release.build import seed_entries
from tests.journey.world import Platform

NAME = "changing"
PRODUCT = "Model build whose platform changes"
_SECONDS = 240
# What is built does not matter here, and training takes most of a project's time.
_SEED = {
    "seed.toml": """
name = "little"
description = "Next to nothing"
templates = ["README.md"]

[placeholders.project_name]
description = "Name of the project"
sample = "little"
""",
    "repo/README.md": "# @{ project_name }@\n",
    "repo/buildspec.yml": """version: 0.2
phases:
  build:
    commands:
      - echo built
artifacts:
  files:
    - README.md
""",
}


@dataclass(frozen=True)
class Installation:
    """A second installation.

    Attributes:
        beside: the first one: its Terraform, plugins and checkout serve this one too.
        folder: where its variables, state and seed are.

    """

    beside: Platform
    folder: Path

    @property
    def platform(self) -> Platform:
        """It as a platform engineer and a data scientist see it."""
        return replace(self.beside, name=NAME, product_name=PRODUCT)

    @property
    def first(self) -> Path:
        """Folder of the release that it begins with."""
        return self.folder / "first"

    def apply(self, release: Path, *retained: Path, **variables: Any) -> None:
        """Apply it: a release for new projects, others that stay on offer, and what else differs.

        Raises:
            AssertionError: Terraform fails; with what it said.

        """
        terraform = self.beside.terraform
        values = json.loads(Path(terraform.handout.environment["TFVARS"]).read_text()) | {
            "name": NAME,
            "products": {"model-build": {"name": PRODUCT, "seed": "little"}},
            "seeds": little_seed(self.folder),
            "release_dir": str(release),
            "retained_release_dirs": [str(folder) for folder in retained],
            "deprecated_releases": [],
            "drift_schedule": None,  # nobody looks by himself
            "deletion_protection": True,  # as everybody has it; nobody destroys this one
            "delete_history": False,
            **variables,
        }
        file = self.folder / "variables.tfvars.json"
        file.write_text(json.dumps(values))
        done = subprocess.run(
            [
                *(str(terraform.binary), f"-chdir={terraform.package}", "apply"),
                *("-input=false", "-no-color", "-auto-approve"),
                *(f"-state={self.folder / 'terraform.tfstate'}", f"-var-file={file}"),
            ],
            env=terraform.environment,
            cwd=terraform.package,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert done.returncode == 0, done.stdout[-5000:]


def little_seed(folder: Path) -> dict[str, dict[str, str]]:
    """Make the seed ``little``, whose build says a word; package 1's variable ``seeds``."""
    for name, text in _SEED.items():
        file = folder / "seed" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    archive = zip_archive(seed_entries(folder / "seed"))
    (folder / "little.zip").write_bytes(archive)
    return {"little": {"archive": str(folder / "little.zip"), "sha256": sha256(archive)}}
