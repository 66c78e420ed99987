"""Package 1 in a folder of its own, and an installation of it in a local cloud."""

import hashlib
import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from release.archives import Entry, entries_of, zip_archive
from tests.local_process import RunningCloud

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "service-catalog-setup"
TOKEN = "ghp_canary0123456789"


class Package:
    """A copy of package 1, so that Terraform leaves nothing in the checkout."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        shutil.copytree(
            PACKAGE,
            folder,
            ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfvars", "*.auto.tfvars.json"),
        )
        self.folder = folder
        self._environment = environment | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}

    def terraform(
        self, *arguments: str, expected: tuple[int, ...] = (0,), token: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run one command; its output is the failure's message."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self._environment | ({"TF_VAR_github_token": token} if token else {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        assert done.returncode in expected, f"terraform {arguments[0]}:\n{done.stdout}\n{done.stderr}"
        return done

    def init(self) -> None:
        self.terraform("init", "-input=false", "-lockfile=readonly", "-no-color")

    def settings(self, values: dict[str, Any]) -> None:
        (self.folder / "settings.auto.tfvars.json").write_text(json.dumps(values), encoding="utf-8")

    def outputs(self) -> dict[str, Any]:
        shown = json.loads(self.terraform("output", "-json").stdout)
        return {name: output["value"] for name, output in shown.items()}


@dataclass
class Installation:
    """Package 1 as it was applied to a local cloud, and the account before it."""

    package: Package
    cloud: Any
    values: dict[str, Any]
    before: dict[str, list[str]]

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    def inventory(self) -> dict[str, list[str]]:
        return inventory(self.cloud)


def releases_that_run(folder: Path) -> None:
    """Give the sample releases the function that Terraform asks: its code, and this environment's packages."""
    entry = f"""import sys
sys.path.append({sysconfig.get_paths()["purelib"]!r})
from watch_projects.handler import handler
"""
    code = entries_of(ROOT / "lambdas" / "watch_projects", under="watch_projects/")
    archive = zip_archive(sorted([*code, Entry("entry.py", 0o100644, entry.encode())], key=lambda item: item.name))
    digest = hashlib.sha256(archive).hexdigest()
    for path in folder.glob("*/release.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        described = manifest["objects"]["lambda-watch-projects"]
        described |= {"sha256": digest, "key": f"objects/{digest}/{described['file']}"}
        manifest["lambdas"]["watch_projects"]["handler"] = "entry.handler"
        (path.parent / described["file"]).write_bytes(archive)
        path.write_text(json.dumps(manifest), encoding="utf-8")


def inventory(cloud: Any) -> dict[str, list[str]]:
    """What a person would have to clean up by hand."""
    iam = cloud.client("iam")
    found = {
        "buckets": [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]],
        "tables": cloud.client("dynamodb").list_tables()["TableNames"],
        "secrets": [secret["Name"] for secret in cloud.client("secretsmanager").list_secrets()["SecretList"]],
        "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
        "policies": [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]],
        "profiles": [
            profile["InstanceProfileName"] for profile in iam.list_instance_profiles()["InstanceProfiles"]
        ],
        "logs": [group["logGroupName"] for group in cloud.client("logs").describe_log_groups()["logGroups"]],
        # AWS's own aliases appear when somebody asks for them, as the provider does for a table's default key.
        "aliases": [
            alias["AliasName"]
            for alias in cloud.client("kms").list_aliases()["Aliases"]
            if not alias["AliasName"].startswith("alias/aws/")
        ],
        "functions": [
            function["FunctionName"] for function in cloud.client("lambda").list_functions()["Functions"]
        ],
        "topics": [topic["TopicArn"] for topic in cloud.client("sns").list_topics()["Topics"]],
        "rules": [rule["Name"] for rule in cloud.client("events").list_rules()["Rules"]],
        "portfolios": [
            portfolio["DisplayName"]
            for portfolio in cloud.client("servicecatalog").list_portfolios()["PortfolioDetails"]
        ],
        "products": [
            view["ProductViewSummary"]["Name"]
            for view in cloud.client("servicecatalog").search_products_as_admin()["ProductViewDetails"]
        ],
    }
    return {kind: sorted(names) for kind, names in found.items()}


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> Package:
    """An initialised copy for tests without a cloud."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "GOGC") if name in os.environ}
    copy = Package(
        tmp_path_factory.mktemp("package-1") / "package",
        environment | {"TF_CLI_CONFIG_FILE": str(terraform_cli_config)},
    )
    copy.init()
    return copy


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> Iterator[Installation]:
    """Package 1, applied once for all tests that read it."""
    home = tmp_path_factory.mktemp("installation")
    cloud = RunningCloud(home / "cloud")
    try:
        region, account = cloud.region, cloud.account_id
        environment = cloud.environment | {"TF_CLI_CONFIG_FILE": str(terraform_cli_config)}
        environment |= {name: os.environ[name] for name in ("PATH", "HOME", "GOGC") if name in os.environ}
        package = Package(home / "package", environment)
        values = {
            "release_dir": "tests/releases/1.0.0",
            "studio_execution_role_arns": [f"arn:aws:iam::{account}:role/service-role/studio-execution-role"],
            "connection_arn": (
                f"arn:aws:codeconnections:{region}:{account}:connection/11111111-2222-3333-4444-555555555555"
            ),
            # The provider waits 55 seconds after writing the lifecycle; test_package.py looks at its plan.
            "state_version_retention_days": 0,
            "deletion_protection": False,
        }
        before = inventory(cloud)
        releases_that_run(package.folder / "tests" / "releases")
        package.settings(values)
        package.init()
        package.terraform("apply", "-auto-approve", "-input=false", "-no-color", token=TOKEN)
        yield Installation(package, cloud, values, before)
    finally:
        cloud.stop()
