"""Terraform's resources for projects and provisioned products."""

from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.terraform import Terraform

CONFIGURATION = Path(__file__).parent / "terraform" / "main.tf"
pytestmark = pytest.mark.terraform


def test_a_project_lives_in_terraform(studio: Any, tmp_path: Path) -> None:
    versions = studio.admin.list_provisioning_artifacts(ProductId=studio.product)["ProvisioningArtifactDetails"]
    chosen = {"product_id": studio.product, "artifact_id": versions[0]["Id"]}
    terraform = Terraform(tmp_path, CONFIGURATION, studio.environment, **chosen)

    terraform.apply()
    assert terraform.output("launch_path") == "projects-test"
    assert studio.client.describe_project(ProjectName="terraform")["ProjectStatus"] == "CreateCompleted"

    terraform.apply(repository="owner/changed")

    terraform.destroy()
    assert studio.client.describe_project(ProjectName="terraform")["ProjectStatus"] == "DeleteCompleted"
