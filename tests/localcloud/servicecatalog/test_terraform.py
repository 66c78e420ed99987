"""Terraform's resources for Service Catalog: create, plan again, change, import, destroy."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from toolchain.provider import find_mirror, write_cli_configuration

CONFIGURATION = Path(__file__).parent / "terraform" / "main.tf"
IMPORTABLE = (
    "aws_servicecatalog_portfolio.this",
    "aws_servicecatalog_constraint.launch",
    "aws_servicecatalog_product_portfolio_association.this",
    "aws_servicecatalog_principal_portfolio_association.this",
)
pytestmark = pytest.mark.terraform


class Terraform:
    """Terraform in a folder of its own."""

    def __init__(self, folder: Path, environment: dict[str, str], variables: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._file = folder / "test.auto.tfvars.json"
        self.choose(**variables)

    def choose(self, **variables: str) -> None:
        """Set variables."""
        chosen = json.loads(self._file.read_text()) if self._file.exists() else {}
        self._file.write_text(json.dumps(chosen | variables))

    def add(self, name: str, *blocks: str) -> None:
        """Add a file of configuration."""
        (self._folder / name).write_text("".join(blocks))

    def run(self, *arguments: str) -> str:
        """Run a command and return what it wrote."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def apply(self) -> None:
        """Apply, and see that a plan right after has nothing to do."""
        self.run("apply", "-auto-approve", "-input=false", "-no-color")
        self.run("plan", "-input=false", "-no-color", "-detailed-exitcode")


@pytest.fixture
def terraform(cloud: Any, tmp_path: Path) -> Terraform:
    bucket = "servicecatalog-terraform-test"
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    s3.put_object(Bucket=bucket, Key="template.yaml", Body=yaml.safe_dump(template))
    shutil.copy(CONFIGURATION, tmp_path)
    mirror = find_mirror(Path.home(), dict(os.environ))
    environment = cloud.environment | {
        "TF_CLI_CONFIG_FILE": str(write_cli_configuration(tmp_path / "tools", mirror)),
        "CHECKPOINT_DISABLE": "1",
    }
    made = Terraform(
        tmp_path,
        environment,
        {
            "template_url": f"https://{bucket}.s3.eu-central-1.amazonaws.com/template.yaml",
            "launch_role_arn": f"arn:aws:iam::{cloud.internal.account_id}:role/terraform-launch",
            "principal_arn": cloud.internal.studio_execution_role_arn,
        },
    )
    made.run("init", "-input=false", "-no-color")
    return made


def test_a_catalog_lives_in_terraform(cloud: Any, terraform: Terraform) -> None:
    terraform.apply()
    ids = json.loads(terraform.run("output", "-json", "ids"))
    client, product = cloud.client("servicecatalog"), ids["aws_servicecatalog_product.this"]
    shown = client.describe_product_as_admin(Id=product)
    assert {tag["Key"] for tag in shown["Tags"]} == {"sagemaker:studio-visibility", "team"}
    assert shown["ProvisioningArtifactSummaries"][0]["Name"] == "first"

    terraform.choose(guidance="DEPRECATED", description="Changed")
    terraform.apply()
    artifacts = client.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    assert sorted((item["Name"], item["Guidance"]) for item in artifacts) == [
        ("1.0.0", "DEPRECATED"),
        ("1.1.0", "DEPRECATED"),
        ("first", "DEFAULT"),
    ]

    terraform.run("state", "rm", *IMPORTABLE)
    terraform.add("imports.tf", *(f'import {{\n  to = {name}\n  id = "{ids[name]}"\n}}\n' for name in IMPORTABLE))
    terraform.apply()

    terraform.run("destroy", "-auto-approve", "-input=false", "-no-color")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_product_as_admin(Id=product)
