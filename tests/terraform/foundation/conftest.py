"""The foundation in a folder of its own, and one local cloud that everything here is applied to."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.local_process import RunningCloud

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "foundation"
MODULES = sorted(path.name for path in (PACKAGE / "modules").iterdir())


def terraform(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run one command; its output is the result, and the failure's message."""
    done = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, f"terraform {arguments[0]}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass
class Foundation:
    """The root module's copy, with the real provider and the local cloud as AWS."""

    folder: Path
    cloud: RunningCloud
    environment: dict[str, str] = field(repr=False)
    before: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, role: str | None = None) -> Any:
        """A boto3 client as the administrator, or as a role that the account's principals may assume."""
        return self.cloud.client(service, role)

    def automation(self, document: str) -> dict[str, Any]:
        """The newest execution of an automation, as soon as there is one that has ended."""
        ssm, deadline = self.client("ssm"), time.monotonic() + 60
        while time.monotonic() < deadline:
            found = ssm.describe_automation_executions(
                Filters=[{"Key": "DocumentNamePrefix", "Values": [document]}]
            )["AutomationExecutionMetadataList"]
            if found and found[0]["AutomationExecutionStatus"] != "InProgress":
                return dict(found[0])
            time.sleep(0.2)
        raise AssertionError(f"{document} did not run to its end")

    def terraform(self, *arguments: str) -> str:
        """Run one command here; its output."""
        return terraform(self.folder, self.environment, *arguments)

    def apply(self, values: dict[str, Any]) -> dict[str, Any]:
        """Apply with these values of the root's variables; the outputs."""
        (self.folder / "values.auto.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
        self.terraform("apply", "-auto-approve", "-input=false", "-no-color")
        return {name: output["value"] for name, output in json.loads(self.terraform("output", "-json")).items()}

    def plan_without_changes(self) -> None:
        """Fail if a plan would do anything; what it would do is the failure's message."""
        self.terraform("plan", "-input=false", "-no-color", "-detailed-exitcode")

    def destroy(self) -> None:
        self.terraform("destroy", "-auto-approve", "-input=false", "-no-color")


def copied(folder: Path) -> Path:
    """The foundation without what Terraform and other tests leave in it."""
    return Path(shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*")))


def own_environment(terraform_cli_config: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "GOGC") if name in os.environ}
    return kept | {
        "TF_CLI_CONFIG_FILE": str(terraform_cli_config),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }


@pytest.fixture(scope="session")
def tested(
    tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path
) -> Callable[[str], list[dict[str, Any]]]:
    """Runs a module's own tests, once; everything that `terraform test -json` says.

    The package is initialised once: its modules call no others and have the same provider, so they share that.
    """
    folder = copied(tmp_path_factory.mktemp("tested") / "foundation")
    for name in MODULES:
        shutil.copy(folder / ".terraform.lock.hcl", folder / "modules" / name)
    environment = own_environment(terraform_cli_config) | {"TF_DATA_DIR": str(folder / ".terraform")}
    terraform(folder, environment, "init", "-backend=false", "-input=false", "-lockfile=readonly", "-no-color")

    @cache
    def run(module: str) -> list[dict[str, Any]]:
        shown = terraform(folder / module, environment, "test", "-json")
        return [json.loads(line) for line in shown.splitlines()]

    return run


def passed(shown: list[dict[str, Any]]) -> int:
    """How many runs of a module's tests have passed: all of them."""
    (summary,) = (line["test_summary"] for line in shown if line["type"] == "test_summary")
    assert summary["status"] == "pass"
    return int(summary["passed"])


def block(text: str, beginning: str) -> str:
    """What stands between the braces that follow `beginning` at the start of a line."""
    found = re.search(rf"^( *){beginning} (?:= )?{{\n(.*?)^\1}}$", text, re.MULTILINE | re.DOTALL)
    assert found, beginning
    return found[2]


def evaluated(
    folder: Path, modules: dict[str, str], environment: dict[str, str], **values: dict[str, Any]
) -> dict[str, Any]:
    """The outputs of modules, by the modules' names as their values are; Terraform needs no provider for them."""
    for name, text in modules.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "main.tf").write_text(text, encoding="utf-8")
    root = {
        "module": {name: {"source": f"./{name}"} | values.get(name, {}) for name in modules},
        "output": {name: {"value": f"${{module.{name}}}"} for name in modules},
    }
    (folder / "main.tf.json").write_text(json.dumps(root), encoding="utf-8")
    terraform(folder, environment, "init", "-input=false", "-no-color")
    terraform(folder, environment, "apply", "-input=false", "-auto-approve", "-no-color")
    outputs = json.loads(terraform(folder, environment, "output", "-json"))
    return {name: output["value"] for name, output in outputs.items()}


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """An account for all tests of this folder, in which IAM decides; each compares it with what it found."""
    running = RunningCloud(tmp_path_factory.mktemp("foundation-cloud") / "cloud", "--enforce-iam")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def foundation(
    tmp_path_factory: pytest.TempPathFactory, cloud: RunningCloud, terraform_cli_config: Path
) -> Foundation:
    """The foundation, ready to be applied to the account."""
    folder = copied(tmp_path_factory.mktemp("foundation") / "package")
    made = Foundation(folder, cloud, cloud.environment | own_environment(terraform_cli_config))
    made.terraform("init", "-input=false", "-lockfile=readonly", "-no-color")
    return made


def inventory(cloud: RunningCloud) -> dict[str, list[str]]:
    """What the account has, of everything that the foundation can make."""
    iam, sagemaker, ec2 = (cloud.client(service) for service in ("iam", "sagemaker", "ec2"))
    documents = cloud.client("ssm").list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])
    return {
        "buckets": [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]],
        "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
        "policies": [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]],
        "VPCs": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]],
        "addresses": [address["AllocationId"] for address in ec2.describe_addresses()["Addresses"]],
        "groups": [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]],
        "domains": [domain["DomainId"] for domain in sagemaker.list_domains()["Domains"]],
        "instances": [
            item["NotebookInstanceName"] for item in sagemaker.list_notebook_instances()["NotebookInstances"]
        ],
        "clusters": [
            item["DBClusterIdentifier"] for item in cloud.client("rds").describe_db_clusters()["DBClusters"]
        ],
        "log groups": [group["logGroupName"] for group in cloud.client("logs").describe_log_groups()["logGroups"]],
        "rules": [rule["Name"] for rule in cloud.client("events").list_rules()["Rules"]],
        "documents": [document["Name"] for document in documents["DocumentIdentifiers"]],
    }
