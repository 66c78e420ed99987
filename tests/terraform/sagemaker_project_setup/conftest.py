"""Package 2 in a folder of its own, and a project that it has really made in a local cloud."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local_process import RunningCloud

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "sagemaker-project-setup"
PROJECT_ID = "p-abc123"
REPOSITORY = "example-org/churn"
SEEDING = "putting the seed into"

# Answers as the real function does, without a git host: that one has tests of its own.
SEED_FUNCTION = """
def handler(event, context):
    repository = event["repository"]
    print("putting the seed into " + repository["full_name"])
    return {
        "status": "created",
        "commit_sha": "c0ffee" * 6 + "c0de",
        "repository_url": repository["url"],
        "branch": repository["branch"],
    }
"""


class Terraform:
    """Terraform in one folder, with one environment."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._environment = environment | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}

    def run(self, *arguments: str, expected: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run one command; its output is the failure's message."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        assert done.returncode in expected, f"terraform {arguments[0]}:\n{done.stdout}\n{done.stderr}"
        return done

    def apply(self, settings: dict[str, Any], *options: str) -> None:
        """Apply these values of `project` and `platform`."""
        (self.folder / "settings.auto.tfvars.json").write_text(json.dumps(settings), encoding="utf-8")
        self.run("apply", "-auto-approve", "-input=false", "-no-color", *options)

    def changes(self) -> list[str]:
        """Addresses that a plan would change now."""
        self.run("plan", "-input=false", "-no-color", "-out=plan", "-detailed-exitcode", expected=(0, 2))
        plan = json.loads(self.run("show", "-json", "plan").stdout)
        return [
            change["address"]
            for change in plan.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        ]

    def planned_documents(self, settings: dict[str, Any], *names: str) -> list[dict[str, Any]]:
        """Policy documents, as a plan with these values reads them."""
        found = self.planned_by_name(settings, *names)
        return [document for name in names for document in found[name]]

    def planned_by_name(self, settings: dict[str, Any], *names: str) -> dict[str, list[dict[str, Any]]]:
        """The same by name; those of one name in the order of their keys. One that has to wait is not there."""
        values = self.folder / "other.tfvars.json"
        values.write_text(json.dumps(settings), encoding="utf-8")
        targets = [f"-target=data.aws_iam_policy_document.{name}" for name in names]
        self.run(
            "plan", "-input=false", "-no-color", "-out=plan", "-refresh=false", f"-var-file={values}", *targets
        )
        state = json.loads(self.run("show", "-json", "plan").stdout)["prior_state"]["values"]["root_module"]
        documents: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for resource in sorted(state["resources"], key=lambda one: str(one.get("index", ""))):
            if resource["type"] == "aws_iam_policy_document" and resource["name"] in names:
                documents[resource["name"]].append(json.loads(resource["values"]["json"]))
        return documents

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state, without data sources."""
        root = json.loads(self.run("show", "-json").stdout)["values"]["root_module"]
        return [resource for resource in root["resources"] if resource["mode"] == "managed"]

    def outputs(self) -> dict[str, Any]:
        """The outputs' values."""
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json").stdout).items()}


@dataclass
class Project:
    """A project that package 2 made, the values it was made with, and the account before it."""

    terraform: Terraform
    settings: dict[str, Any]
    cloud: RunningCloud
    before: dict[str, set[str]]

    def client(self, service: str) -> Any:
        """A boto3 client as the administrator."""
        return self.cloud.client(service)

    def inventory(self) -> dict[str, set[str]]:
        """What stands in the account, by kind."""
        return inventory(self.cloud)

    def invocations(self) -> int:
        """How often the seed function was called."""
        events = self.client("logs").filter_log_events(logGroupName=f"/aws/lambda/ml-{PROJECT_ID}-seed")
        return sum(SEEDING in event["message"] for event in events["events"])


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> Terraform:
    """An initialised copy of the package without a backend: for tests that plan."""
    folder = _copy(tmp_path_factory.mktemp("package"))
    terraform = Terraform(folder, _own_environment(terraform_cli_config))
    terraform.run("init", "-backend=false", "-input=false", "-lockfile=readonly", "-no-color")
    return terraform


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> Iterator[Project]:
    """A whole project, applied once: the provider alone takes a minute for it."""
    with _made(tmp_path_factory.mktemp("project"), terraform_cli_config) as made:
        yield made


@pytest.fixture(scope="package")
def roles(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> Iterator[Project]:
    """A project of which only the roles were made, and what they refer to."""
    targets = [f"-target=aws_iam_role_policy.{name}" for name in ("seed", "build", "pipeline", "execution")]
    with _made(tmp_path_factory.mktemp("roles"), terraform_cli_config, *targets) as made:
        yield made


@contextmanager
def _made(home: Path, terraform_cli_config: Path, *targets: str) -> Iterator[Project]:
    cloud = RunningCloud(home / "cloud")
    try:
        settings = _prepare_account(cloud)
        before = inventory(cloud)
        folder = _copy(home / "package")
        (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n', encoding="utf-8")
        terraform = Terraform(folder, cloud.environment | _own_environment(terraform_cli_config))
        terraform.run("init", "-input=false", "-lockfile=readonly", "-no-color")
        terraform.apply(settings, *targets)
        yield Project(terraform, settings, cloud, before)
    finally:
        cloud.stop()


def inventory(cloud: RunningCloud) -> dict[str, set[str]]:
    """Names of everything package 2 can make, by kind."""
    iam, sagemaker = cloud.client("iam"), cloud.client("sagemaker")
    return {
        "buckets": {bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]},
        "roles": {role["RoleName"] for role in iam.list_roles()["Roles"]},
        "policies": {policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]},
        "log groups": {group["logGroupName"] for group in cloud.client("logs").describe_log_groups()["logGroups"]},
        "functions": {
            function["FunctionName"] for function in cloud.client("lambda").list_functions()["Functions"]
        },
        "builds": set(cloud.client("codebuild").list_projects()["projects"]),
        "pipelines": {pipeline["name"] for pipeline in cloud.client("codepipeline").list_pipelines()["pipelines"]},
        "code repositories": {
            repository["CodeRepositoryName"]
            for repository in sagemaker.list_code_repositories()["CodeRepositorySummaryList"]
        },
        "model package groups": {
            group["ModelPackageGroupName"]
            for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
        },
    }


def _own_environment(terraform_cli_config: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "GOGC") if name in os.environ}
    return kept | {"TF_CLI_CONFIG_FILE": str(terraform_cli_config)}


def _copy(folder: Path) -> Path:
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"), dirs_exist_ok=True)
    return folder


def _prepare_account(cloud: RunningCloud) -> dict[str, Any]:
    """What package 1 would have made, and the object it would hand over."""
    archive = _zip({"seed_repository/__init__.py": "", "seed_repository/handler.py": SEED_FUNCTION})
    digest = hashlib.sha256(archive).hexdigest()
    bucket, key = "platform-state", f"objects/{digest}/lambda-seed-repository.zip"
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": cloud.region})
    s3.put_object(Bucket=bucket, Key=key, Body=archive)
    boundary = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policy = cloud.client("iam").create_policy(
        PolicyName="sagemaker-projects-project-boundary", PolicyDocument=json.dumps(boundary)
    )
    secret = cloud.client("secretsmanager").create_secret(
        Name="sagemaker-projects/github", SecretString='{"token": "not-used-here"}'
    )
    return {
        "project": {
            "id": PROJECT_ID,
            "name": "Churn",
            "repository": REPOSITORY,
            "branch": "main",
            "repository_url": f"{cloud.git_url}/{REPOSITORY}",
            "connection_arn": cloud.environment["CONNECTION_ARN"],
        },
        "platform": {
            "name": "sagemaker-projects",
            "release": "1.0.0",
            "product": "model-build",
            "object_bucket": bucket,
            "kms_key_arn": cloud.client("kms").create_key()["KeyMetadata"]["Arn"],
            "permissions_boundary_arn": policy["Policy"]["Arn"],
            "seed_requests_table": "sagemaker-projects-seed-requests",
            "github": {
                "base_url": cloud.git_url,
                "api_url": f"{cloud.git_url}/api/v3",
                "secret_arn": secret["ARN"],
            },
            "seed": {"name": "model-build", "key": f"objects/{'a' * 64}/seed.zip", "sha256": "a" * 64},
            "lambdas": {
                "seed_repository": {
                    "key": key,
                    "sha256": digest,
                    "handler": "seed_repository.handler.handler",
                    # The newest runtime that the provider knows is 3.13.
                    "runtime": f"python3.{min(sys.version_info.minor, 13)}",
                }
            },
        },
    }


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
