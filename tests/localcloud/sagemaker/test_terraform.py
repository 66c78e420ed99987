"""What the AWS provider makes of code repositories and model package groups."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import Sample, token

CONFIGURATION = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" { type = string }
variable "owner" { type = string }

provider "aws" {
  max_retries = 1
  default_tags { tags = { "sagemaker:project-id" = "p-terraform" } }
}

resource "aws_sagemaker_code_repository" "this" {
  code_repository_name = var.name
  git_config {
    repository_url = "https://github.com/example-org/sample.git"
    branch         = "main"
  }
  tags = { owner = var.owner }
}

resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = var.name
  model_package_group_description = "made by Terraform"
  tags                            = { owner = var.owner }
}
"""


class Terraform:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, {**environment, "TF_IN_AUTOMATION": "1"}

    def run(self, *arguments: str, expected: int = 0) -> str:
        done = subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout


@pytest.mark.terraform
@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs Terraform")
def test_a_repository_and_a_group_from_apply_to_destroy(sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    name = f"terraform-{token()[:8]}"
    terraform = Terraform(tmp_path, {**sample.cloud.environment, "TF_VAR_name": name})
    terraform.run("init", "-input=false")

    terraform.run("apply", "-auto-approve", "-var=owner=first")
    terraform.run("plan", "-detailed-exitcode", "-var=owner=first")  # exit code 0: no changes

    client = sample.sagemaker
    group = client.describe_model_package_group(ModelPackageGroupName=name)
    repository = client.describe_code_repository(CodeRepositoryName=name)
    assert repository["GitConfig"]["Branch"] == "main"

    def tags(arn: str) -> dict[str, Any]:
        return {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}

    assert tags(group["ModelPackageGroupArn"]) == {"owner": "first", "sagemaker:project-id": "p-terraform"}
    terraform.run("apply", "-auto-approve", "-var=owner=second")
    assert tags(repository["CodeRepositoryArn"]) == {"owner": "second", "sagemaker:project-id": "p-terraform"}
    terraform.run("plan", "-detailed-exitcode", "-var=owner=second")
    state = json.loads(terraform.run("show", "-json"))
    assert len(state["values"]["root_module"]["resources"]) == 2

    terraform.run("destroy", "-auto-approve", "-var=owner=second")
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_model_package_group(ModelPackageGroupName=name)
    with pytest.raises(ClientError, match="Cannot find CodeRepository"):
        client.describe_code_repository(CodeRepositoryName=name)
