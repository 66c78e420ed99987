"""What the AWS provider makes of code repositories and model package groups."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import Sample, token
from tests.localcloud.terraform import Terraform

CONFIGURATION = Path(__file__).parent / "terraform" / "main.tf"
pytestmark = pytest.mark.terraform


def test_a_repository_and_a_group_from_apply_to_destroy(sample: Sample, tmp_path: Path) -> None:
    name = f"terraform-{token()[:8]}"
    terraform = Terraform(tmp_path, CONFIGURATION, sample.cloud.environment, name=name, owner="first")

    terraform.apply()

    client = sample.sagemaker
    group = client.describe_model_package_group(ModelPackageGroupName=name)
    repository = client.describe_code_repository(CodeRepositoryName=name)
    assert repository["GitConfig"]["Branch"] == "main"

    def tags(arn: str) -> dict[str, Any]:
        return {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}

    assert tags(group["ModelPackageGroupArn"]) == {"owner": "first", "sagemaker:project-id": "p-terraform"}
    terraform.apply(owner="second")
    assert tags(repository["CodeRepositoryArn"]) == {"owner": "second", "sagemaker:project-id": "p-terraform"}
    assert len(terraform.run("state", "list").split()) == 2

    terraform.destroy()
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_model_package_group(ModelPackageGroupName=name)
    with pytest.raises(ClientError, match="Cannot find CodeRepository"):
        client.describe_code_repository(CodeRepositoryName=name)
