"""A portfolio with one product, who may launch it, and its launch role."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import yaml

_PATIENCE_SECONDS = 60
QUEUE_TEMPLATE: dict[str, Any] = {
    "Description": "A queue",
    "Parameters": {
        "QueueName": {
            "Type": "String",
            "Description": "Name of the queue",
            "AllowedPattern": "[a-z0-9-]{3,40}",
            "ConstraintDescription": "3 to 40 small letters, digits and dashes",
        },
        "Size": {"Type": "String", "AllowedValues": ["small", "large"], "Default": "small", "MaxLength": 5},
        "Count": {"Type": "Number", "MinValue": 1, "MaxValue": 9, "Default": 1},
        "Secret": {"Type": "String", "NoEcho": True, "Default": "", "MinLength": 0},
    },
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "QueueName"}}}},
    "Outputs": {
        "Url": {"Value": {"Ref": "Queue"}, "Description": "Where to send"},
        "Size": {"Value": {"Ref": "Size"}},
    },
}


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Catalog:
    """A portfolio, a product in it, and the studio role as its principal."""

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.admin = cloud.client("servicecatalog")
        self.suffix = uuid.uuid4().hex[:8]
        self.bucket = f"catalog-{self.suffix}"
        self.studio_arn = cloud.internal.studio_execution_role_arn
        self.user = cloud.client("servicecatalog", cloud.internal.principals.assume(self.studio_arn, "user"))
        iam = cloud.client("iam")
        self.launch_role = iam.create_role(
            RoleName=f"launch-{self.suffix}", AssumeRolePolicyDocument=trust("servicecatalog.amazonaws.com")
        )["Role"]["Arn"]
        self.let_launch("CreateStack", "UpdateStack", "DeleteStack", "DescribeStacks", "DescribeStackEvents")
        cloud.client("s3").create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        self.portfolio = self.admin.create_portfolio(
            DisplayName=f"portfolio-{self.suffix}", ProviderName="tests", IdempotencyToken=self.suffix
        )["PortfolioDetail"]["Id"]
        made = self.admin.create_product(
            Name=f"product-{self.suffix}",
            Owner="tests",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            IdempotencyToken=self.suffix,
            Tags=[{"Key": "sagemaker:studio-visibility", "Value": "true"}],
            ProvisioningArtifactParameters=self.artifact("1.0.0", QUEUE_TEMPLATE),
        )
        self.product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
        self.first = made["ProvisioningArtifactDetail"]["Id"]
        self.admin.associate_product_with_portfolio(ProductId=self.product, PortfolioId=self.portfolio)

    def let_launch(self, *actions: str) -> None:
        """What the launch role may do with the stacks of provisioned products."""
        statement = {
            "Effect": "Allow",
            "Action": [f"cloudformation:{action}" for action in actions],
            "Resource": "arn:aws:cloudformation:*:*:stack/SC-*",
        }
        self.cloud.client("iam").put_role_policy(
            RoleName=self.launch_role.rsplit("/", 1)[-1],
            PolicyName="stacks",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def artifact(self, name: str, template: Any, **extra: Any) -> dict[str, Any]:
        """Upload a template; the parameters of a version made of it."""
        text = template if isinstance(template, str) else yaml.safe_dump(template, sort_keys=False)
        key = f"{uuid.uuid4().hex}.yaml"
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=text)
        url = f"https://{self.bucket}.s3.eu-central-1.amazonaws.com/{key}"
        return {"Name": name, "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": url}} | extra

    def version(self, name: str, template: Any, **extra: Any) -> str:
        """A new version of the product."""
        made = self.admin.create_provisioning_artifact(
            ProductId=self.product,
            Parameters=self.artifact(name, template, **extra),
            IdempotencyToken=uuid.uuid4().hex,
        )
        return str(made["ProvisioningArtifactDetail"]["Id"])

    def allow(self) -> None:
        """Let the studio role launch the product under the launch role."""
        self.admin.associate_principal_with_portfolio(
            PortfolioId=self.portfolio, PrincipalARN=self.studio_arn, PrincipalType="IAM"
        )
        self.constrain(self.launch_role)

    def constrain(self, role_arn: str) -> str:
        """Add a launch constraint and return its id."""
        made = self.admin.create_constraint(
            PortfolioId=self.portfolio,
            ProductId=self.product,
            Type="LAUNCH",
            Parameters=json.dumps({"RoleArn": role_arn}),
            IdempotencyToken=uuid.uuid4().hex,
        )
        return str(made["ConstraintDetail"]["ConstraintId"])

    def provision(self, name: str, client: Any = None, **options: Any) -> dict[str, Any]:
        """Begin a launch and return its record."""
        parameters = options.pop("parameters", {"QueueName": name})
        answer = (client or self.user).provision_product(
            ProductId=self.product,
            ProvisioningArtifactId=options.pop("artifact", self.first),
            ProvisionedProductName=name,
            ProvisionToken=options.pop("token", uuid.uuid4().hex),
            ProvisioningParameters=[{"Key": key, "Value": value} for key, value in parameters.items()],
            **options,
        )
        record: dict[str, Any] = answer["RecordDetail"]
        return record

    def ended(self, record: dict[str, Any]) -> dict[str, Any]:
        """Wait for a record's end; its detail and its outputs."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self.user.describe_record(Id=record["RecordId"])
            if found["RecordDetail"]["Status"] in ("SUCCEEDED", "FAILED"):
                outputs = {item["OutputKey"]: item["OutputValue"] for item in found["RecordOutputs"]}
                return {**found["RecordDetail"], "Outputs": outputs}
            time.sleep(0.05)
        raise AssertionError(f"{record['RecordId']} is still {found['RecordDetail']['Status']}")

    def described(self, record: dict[str, Any]) -> dict[str, Any]:
        """The provisioned product that a record is about."""
        found = self.user.describe_provisioned_product(Id=record["ProvisionedProductId"])
        detail: dict[str, Any] = found["ProvisionedProductDetail"]
        return detail


@pytest.fixture
def catalog(cloud: Any) -> Catalog:
    """A catalog whose product nobody may launch yet."""
    return Catalog(cloud)


@pytest.fixture
def launchable(catalog: Catalog) -> Catalog:
    """A catalog whose product the studio role may launch."""
    catalog.allow()
    return catalog


@pytest.fixture
def queue_template() -> Callable[..., dict[str, Any]]:
    """The product's template with changes."""
    return lambda **changes: QUEUE_TEMPLATE | changes
