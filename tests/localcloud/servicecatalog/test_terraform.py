"""Terraform's resources for Service Catalog: create, plan again, change, import, destroy."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.localcloud.terraform import Terraform

CONFIGURATION = Path(__file__).parent / "terraform" / "main.tf"
IMPORTABLE = (
    "aws_servicecatalog_portfolio.this",
    "aws_servicecatalog_constraint.launch",
    "aws_servicecatalog_product_portfolio_association.this",
    "aws_servicecatalog_principal_portfolio_association.this",
)
pytestmark = pytest.mark.terraform


@pytest.fixture
def terraform(cloud: Any, tmp_path: Path) -> Terraform:
    bucket = "servicecatalog-terraform-test"
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    s3.put_object(Bucket=bucket, Key="template.yaml", Body=yaml.safe_dump(template))
    return Terraform(
        tmp_path,
        CONFIGURATION,
        cloud.environment,
        template_url=f"https://{bucket}.s3.eu-central-1.amazonaws.com/template.yaml",
        launch_role_arn=f"arn:aws:iam::{cloud.internal.account_id}:role/terraform-launch",
        principal_arn=cloud.internal.studio_execution_role_arn,
    )


def test_a_catalog_lives_in_terraform(cloud: Any, terraform: Terraform) -> None:
    terraform.apply()
    ids = terraform.output("ids")
    client, product = cloud.client("servicecatalog"), ids["aws_servicecatalog_product.this"]
    shown = client.describe_product_as_admin(Id=product)
    assert {tag["Key"] for tag in shown["Tags"]} == {"sagemaker:studio-visibility", "team"}
    assert shown["ProvisioningArtifactSummaries"][0]["Name"] == "first"

    terraform.apply(guidance="DEPRECATED", description="Changed")
    artifacts = client.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    assert sorted((item["Name"], item["Guidance"]) for item in artifacts) == [
        ("1.0.0", "DEPRECATED"),
        ("1.1.0", "DEPRECATED"),
        ("first", "DEFAULT"),
    ]

    terraform.run("state", "rm", *IMPORTABLE)
    terraform.add("imports.tf", *(f'import {{\n  to = {name}\n  id = "{ids[name]}"\n}}\n' for name in IMPORTABLE))
    terraform.apply()

    terraform.destroy()
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_product_as_admin(Id=product)
