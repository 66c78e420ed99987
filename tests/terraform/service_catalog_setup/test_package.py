"""Package 1 without a cloud: format, validity, its lock file. Its own tests run in `make lint`."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("package-1")]

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "service-catalog-setup"


def test_format_and_validity(package: Any) -> None:
    package.terraform("fmt", "-check", "-recursive")
    validated = json.loads(package.terraform("validate", "-json").stdout)

    assert (validated["valid"], validated["error_count"], validated["warning_count"]) == (True, 0, 0)


def test_both_packages_lock_the_same_provider() -> None:
    """A runner takes the provider that package 2 locks; the one tested with package 1 is the same."""
    hashes = [
        set(re.findall(r'"((?:h1|zh):[^"]+)"', (ROOT / name / ".terraform.lock.hcl").read_text(encoding="utf-8")))
        for name in ("service-catalog-setup", "sagemaker-project-setup")
    ]
    own, other = hashes

    assert len([value for value in own if value.startswith("zh:")]) == 15
    assert {value for value in own if value.startswith("zh:")} == {
        value for value in other if value.startswith("zh:")
    }


def test_every_variable_and_output_is_described() -> None:
    for path in PACKAGE.glob("*.tf"):
        text = path.read_text(encoding="utf-8")
        for kind, name, body in re.findall(
            r'^(variable|output) "([a-z_]+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL
        ):
            assert re.search(r"^  description\s+= ", body, re.MULTILINE), f"{kind} {name} has no description"
            if kind == "variable":
                assert re.search(r"^  type\s+= ", body, re.MULTILINE), f"variable {name} has no type"


def test_the_example_names_every_variable(tmp_path: Path) -> None:
    example = (PACKAGE / "terraform.tfvars.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#? ?([a-z_]+)\s+=", example, re.MULTILINE))
    declared = {
        name
        for path in PACKAGE.glob("*.tf")
        for name in re.findall(r'^variable "([a-z_]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    # What is secret belongs in the environment, never in a file.
    assert declared - {"github_token", "github_app_private_key"} <= named


def test_no_code_of_the_package_is_left_in_the_checkout() -> None:
    assert not (PACKAGE / ".terraform").exists()


@pytest.mark.parametrize("name", ["products/placeholder.yaml", "products/model-build/template.yaml"])
def test_templates_pass_cfn_lint(name: str) -> None:
    linter = shutil.which("cfn-lint") or str(ROOT / ".venv" / "bin" / "cfn-lint")
    done = subprocess.run(
        [linter, "--regions", "eu-west-1", "--registry-schemas", "products/schemas", "--template", name],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
