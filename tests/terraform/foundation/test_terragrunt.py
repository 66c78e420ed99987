"""The layout for Terragrunt, as far as it can be tried without Terragrunt.

Its files are read by Terraform, which has the same language: locals and inputs are evaluated with Terragrunt's
functions replaced by their values, and the packages then plan with what came out of it.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.foundation.conftest import (
    PACKAGE,
    ROOT,
    block,
    copied,
    evaluated,
    own_environment,
    passed,
    terraform,
)

pytestmark = pytest.mark.terraform

LAYOUT = PACKAGE / "examples" / "terragrunt"
ENVIRONMENTS = ("dev", "prod", "staging")
FILES = ("root", "foundation", "service-catalog-setup")
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
CONNECTION = f"arn:aws:codeconnections:eu-west-1:{ACCOUNT}:connection/11111111-2222-3333-4444-555555555555"
ENV = {f"{name.upper()}_ACCOUNT_ID": ACCOUNT for name in ENVIRONMENTS} | {"CONNECTION_ARN": CONNECTION}
READ_ENVIRONMENT = 'read_terragrunt_config(find_in_parent_folders("env.hcl")).locals'
FOUNDATION_OUTPUT = "dependency.foundation.outputs.service_catalog_setup"


def in_terraform(environment: str, file: str, account: str = ACCOUNT) -> str:
    """One file of the layout as a module whose output is the file's inputs."""
    text = (LAYOUT / f"{file}.hcl").read_text("utf-8")
    inputs = text.split("\ninputs = ", 1)[1]
    module = f'locals {{\n{block(text, "locals")}}}\noutput "inputs" {{\n  value = {inputs}}}\n'
    if file == "root":
        module += 'output "account" {\n  value = local.account_id\n}\n'
    about = block((LAYOUT / environment / "env.hcl").read_text("utf-8"), "locals")
    module = module.replace(READ_ENVIRONMENT, f"{{\n{about}}}")
    if FOUNDATION_OUTPUT in module:
        module = module.replace(FOUNDATION_OUTPUT, f"{{\n{block(text, 'service_catalog_setup')}}}")
    module = re.sub(r'get_env\("\w+", ("[^"]*")\)', r"\1", module)
    module = re.sub(r'get_env\("(\w+)"\)', lambda named: json.dumps(ENV[named[1]]), module)
    module = module.replace("get_aws_account_id()", json.dumps(account)).replace(
        "get_repo_root()", '"/repository"'
    )
    assert not re.search(r"terragrunt|get_|dependency\.", re.sub(r"#.*", "", module)), module
    return module


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> dict[str, dict[str, Any]]:
    """Inputs of each unit, `dev/foundation` for example, merged as Terragrunt does: the unit's own come last."""
    modules = {f"{name}-{file}": in_terraform(name, file) for name in ENVIRONMENTS for file in FILES}
    found = evaluated(tmp_path_factory.mktemp("layout"), modules, own_environment(terraform_cli_config))
    assert {found[f"{name}-root"]["account"] for name in ENVIRONMENTS} == {ACCOUNT}
    return {
        f"{name}/{file}": found[f"{name}-root"]["inputs"] | found[f"{name}-{file}"]["inputs"]
        for name in ENVIRONMENTS
        for file in FILES[1:]
    }


def planned(package: Path, environment: dict[str, str], runs: dict[str, dict[str, Any]]) -> int:
    """How many of these inputs the package plans with, its data and resources mocked as in its own tests."""
    test = {
        "mock_provider": {"aws": {"source": "./tests/fakes"}},
        "run": {name: {"command": "plan", "variables": given} for name, given in runs.items()},
    }
    (package / "tests" / "layout.tftest.json").write_text(json.dumps(test), encoding="utf-8")
    terraform(package, environment, "init", "-backend=false", "-input=false", "-lockfile=readonly", "-no-color")
    shown = terraform(package, environment, "test", "-json", "-filter=tests/layout.tftest.json")
    return passed([json.loads(line) for line in shown.splitlines()])


def test_every_file_is_formatted(tmp_path: Path) -> None:
    for path in LAYOUT.rglob("*.hcl"):
        # Terraform's formatter reads the same language, but not the ending.
        (tmp_path / "-".join(path.relative_to(LAYOUT).with_suffix(".tf").parts)).write_bytes(path.read_bytes())

    done = subprocess.run(
        ["terraform", "fmt", "-check", str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", FILES[1:])
def test_every_environment_has_the_units(unit: str) -> None:
    for name in ENVIRONMENTS:
        text = (LAYOUT / name / unit / "terragrunt.hcl").read_text("utf-8")
        assert re.findall(r'find_in_parent_folders\("(.+)\.hcl"\)', text) == ["root", unit]
    assert {path.parent.parent.name for path in LAYOUT.glob(f"*/{unit}/terragrunt.hcl")} == set(ENVIRONMENTS)


def test_the_foundation_plans_with_its_inputs(
    inputs: dict[str, dict[str, Any]], tmp_path: Path, terraform_cli_config: Path
) -> None:
    runs = {name: inputs[f"{name}/foundation"] for name in ENVIRONMENTS}

    assert planned(copied(tmp_path / "foundation"), own_environment(terraform_cli_config), runs) == len(runs)
    assert len({run["name"] for run in runs.values()}) == len(runs)


def test_package_1_plans_with_its_inputs(
    inputs: dict[str, dict[str, Any]], tmp_path: Path, terraform_cli_config: Path
) -> None:
    package = tmp_path / "service-catalog-setup"
    left_out = shutil.ignore_patterns(".terraform", "*.tfvars*", "*.tfstate*")
    shutil.copytree(ROOT / "service-catalog-setup", package, ignore=left_out)
    (tmp_path / "foundation").symlink_to(PACKAGE)
    # A release that is there, and the secrets that every test sets.
    here = {"release_dir": "tests/releases/3.0.0", "github_token": "ghp_0123456789", "github_app_private_key": ""}
    runs = {name: inputs[f"{name}/service-catalog-setup"] for name in ENVIRONMENTS}

    assert {run["release_dir"] for run in runs.values()} == {"/repository/build/release"}
    assert [name for name, run in runs.items() if run["deletion_protection"]] == ["prod"]
    given = {name: run | here for name, run in runs.items()}
    assert planned(package, own_environment(terraform_cli_config), given) == len(runs)


def test_the_credentials_of_another_account_are_refused(tmp_path: Path, terraform_cli_config: Path) -> None:
    with pytest.raises(AssertionError, match="does not identify an element in this collection"):
        evaluated(
            tmp_path,
            {"dev-root": in_terraform("dev", "root", OTHER_ACCOUNT)},
            own_environment(terraform_cli_config),
        )
