"""A product for projects, and projects made with the AWS CLI as a user of Studio."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

_PATIENCE_SECONDS = 60
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "SageMakerProjectName": {"Type": "String"},
        "SageMakerProjectId": {"Type": "String"},
        "Repository": {
            "Type": "String",
            "AllowedPattern": "[a-z-]+/[a-z-]+",
            "ConstraintDescription": "owner/name in small letters",
        },
        "Branch": {"Type": "String", "Default": "main"},
    },
    "Resources": {
        "Run": {
            "Type": "AWSUtility::CloudFormation::CommandRunner",
            "Properties": {
                "Timeout": "20",
                "Command": {
                    "Fn::Sub": [
                        "R=$(echo ${Repository64} | base64 -d)\n"
                        '[ "$R" != owner/slow ] || sleep 6\n'
                        '[ "$R" = owner/broken ] ||'
                        ' echo "$R-${SageMakerProjectId}-${Branch}" > /command-output.txt',
                        {"Repository64": {"Fn::Base64": {"Ref": "Repository"}}},
                    ]
                },
            },
        }
    },
    "Outputs": {"Made": {"Value": {"Fn::GetAtt": ["Run", "Output"]}}},
}


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Studio:
    """A user of Studio with a terminal, and the platform team's product."""

    def __init__(self, cloud: Any, home: Path) -> None:
        internal = cloud.internal
        self.cloud = cloud
        self.role_arn = internal.studio_execution_role_arn
        self.environment = internal.child_environment(internal.principals.assume(self.role_arn, "ada"), home)
        self.client = cloud.client("sagemaker", internal.principals.assume(self.role_arn, "ada"))
        self.admin = cloud.client("servicecatalog")
        self.bucket = "projects-test-templates"
        cloud.client("s3").create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        role = cloud.client("iam").create_role(
            RoleName="projects-test-launch", AssumeRolePolicyDocument=trust("servicecatalog.amazonaws.com")
        )["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
        cloud.client("iam").put_role_policy(
            RoleName="projects-test-launch",
            PolicyName="stacks",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        self.portfolio = self.admin.create_portfolio(
            DisplayName="projects-test", ProviderName="tests", IdempotencyToken=uuid.uuid4().hex
        )["PortfolioDetail"]["Id"]
        self.admin.associate_principal_with_portfolio(
            PortfolioId=self.portfolio, PrincipalARN=self.role_arn, PrincipalType="IAM"
        )
        self.product = self.offer("projects-test", TEMPLATE)
        self.constrain(self.product, role)

    def offer(self, name: str, template: Any) -> str:
        """A product in the portfolio."""
        made = self.admin.create_product(
            Name=name,
            Owner="tests",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            IdempotencyToken=uuid.uuid4().hex,
            ProvisioningArtifactParameters=self._artifact("1.0.0", template),
        )
        product = str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])
        self.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=self.portfolio)
        return product

    def constrain(self, product: str, role_arn: str) -> None:
        """Give a product its launch role."""
        self.admin.create_constraint(
            PortfolioId=self.portfolio,
            ProductId=product,
            Type="LAUNCH",
            Parameters=json.dumps({"RoleArn": role_arn}),
            IdempotencyToken=uuid.uuid4().hex,
        )

    def release(self, name: str, template: Any) -> str:
        """A new version of the product."""
        made = self.admin.create_provisioning_artifact(
            ProductId=self.product, Parameters=self._artifact(name, template), IdempotencyToken=uuid.uuid4().hex
        )
        return str(made["ProvisioningArtifactDetail"]["Id"])

    def aws(self, *arguments: str) -> Any:
        """``aws sagemaker`` as the user."""
        return self.cloud.aws("sagemaker", *arguments, environment=self.environment)

    def begin(self, name: str, repository: str = "owner/name", **details: Any) -> dict[str, Any]:
        """Create a project and return the answer."""
        chosen = {
            "ProductId": self.product,
            "ProvisioningParameters": [{"Key": "Repository", "Value": repository}],
        } | details
        arguments = ["create-project", "--project-name", name]
        answer: dict[str, Any] = self.aws(*arguments, "--service-catalog-provisioning-details", json.dumps(chosen))
        return answer

    def create(self, name: str, repository: str = "owner/name", **details: Any) -> dict[str, Any]:
        """Create a project, wait, and describe it."""
        self.begin(name, repository, **details)
        return self.settled(name)

    def settled(self, name: str) -> dict[str, Any]:
        """Wait until nothing goes on with a project."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            project: dict[str, Any] = self.client.describe_project(ProjectName=name)
            if project["ProjectStatus"] != "Pending" and not project["ProjectStatus"].endswith("InProgress"):
                return project
            time.sleep(0.05)
        raise AssertionError(f"{name} is still {project['ProjectStatus']}")

    def outputs(self, project: dict[str, Any]) -> dict[str, str]:
        """Outputs of a project's provisioned product."""
        details = project["ServiceCatalogProvisionedProductDetails"]
        found = self.admin.get_provisioned_product_outputs(
            ProvisionedProductId=details["ProvisionedProductId"], OutputKeys=["Made"]
        )
        return {item["OutputKey"]: item["OutputValue"] for item in found["Outputs"]}

    def _artifact(self, name: str, template: Any) -> dict[str, Any]:
        key = f"{uuid.uuid4().hex}.yaml"
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=yaml.safe_dump(template))
        url = f"https://{self.bucket}.s3.eu-central-1.amazonaws.com/{key}"
        return {"Name": name, "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": url}}


@pytest.fixture(scope="session")
def studio(cloud: Any, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(cloud, tmp_path_factory.mktemp("studio"))


@pytest.fixture
def template() -> dict[str, Any]:
    """The product's template, to be changed."""
    copied: dict[str, Any] = json.loads(json.dumps(TEMPLATE))
    return copied
