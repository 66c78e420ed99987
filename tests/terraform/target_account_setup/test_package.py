"""The companion for other accounts: its lock file, its example. Its own tests run in `make lint`."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "target-account-setup"


def test_it_locks_the_provider_of_the_other_packages() -> None:
    lock = (PACKAGE / ".terraform.lock.hcl").read_text(encoding="utf-8")

    assert lock == (ROOT / "sagemaker-project-setup" / ".terraform.lock.hcl").read_text(encoding="utf-8")


def test_the_example_names_every_variable() -> None:
    example = (PACKAGE / "terraform.tfvars.example").read_text(encoding="utf-8")
    declared = re.findall(
        r'^variable "([a-z_]+)"', (PACKAGE / "variables.tf").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert set(declared) == set(re.findall(r"^#? ?([a-z_]+)\s+=", example, re.MULTILINE))


def test_its_output_is_what_package_1_takes() -> None:
    """An administrator copies it as it is."""
    output = (PACKAGE / "outputs.tf").read_text(encoding="utf-8")
    variable = (ROOT / "service-catalog-setup" / "variables-deploy.tf").read_text(encoding="utf-8")
    [body] = re.findall(r"staging = optional\(object\(\{\n(.*?)\n    \}\)\)", variable, re.DOTALL)

    assert re.findall(r"^    (\w+) +=", output, re.MULTILINE) == re.findall(r"^      (\w+) +=", body, re.MULTILINE)
