"""Making things go wrong: products like the real one with a fault, and resources that stand in the way."""

import json
from collections.abc import Callable
from typing import Any

from tests.journey.world import Platform

# A failure that needs no Terraform is told within seconds, not when the CommandRunner's hour is over.
AT_ONCE_SECONDS = 30


def offer(
    platform: Platform, name: str, change: Callable[[dict[str, Any]], None], *, resource: str = "Project"
) -> str:
    """Offer a product like the real one, with its CommandRunner, or another resource, changed; its id."""
    engineer = platform.engineer
    real = platform.product
    artifacts = engineer("servicecatalog", "list-provisioning-artifacts", "--product-id", real["ProductId"])
    newest = max(artifacts["ProvisioningArtifactDetails"], key=lambda artifact: artifact["CreatedTime"])
    address = engineer(
        *("servicecatalog", "describe-provisioning-artifact", "--product-id", real["ProductId"]),
        *("--provisioning-artifact-id", newest["Id"]),
    )["Info"]["TemplateUrl"]
    key = address.split(platform.state_bucket, 1)[1].split("/", 1)[1]
    template = json.loads(platform.engineer.read(f"s3://{platform.state_bucket}/{key}"))
    change(template["Resources"][resource]["Properties"])
    variant = platform.terraform.state / f"{name}.template.json"
    variant.write_text(json.dumps(template))
    engineer(
        "s3api", "put-object", "--bucket", platform.state_bucket, "--key", f"test/{name}", "--body", str(variant)
    )
    product = engineer(
        *("servicecatalog", "create-product", "--name", name, "--owner", "test"),
        *("--product-type", "CLOUD_FORMATION_TEMPLATE", "--provisioning-artifact-parameters"),
        json.dumps(
            {
                "Name": "1",
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": address.replace(key, f"test/{name}")},
            }
        ),
    )["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    (portfolio,) = [
        item["Id"]
        for item in engineer("servicecatalog", "list-portfolios-for-product", "--product-id", real["ProductId"])[
            "PortfolioDetails"
        ]
    ]
    engineer(
        *("servicecatalog", "associate-product-with-portfolio"),
        *("--product-id", product, "--portfolio-id", portfolio),
    )
    role = engineer("iam", "get-role", "--role-name", f"{platform.name}-launch")["Role"]["Arn"]
    engineer(
        *("servicecatalog", "create-constraint", "--portfolio-id", portfolio, "--product-id", product),
        *("--type", "LAUNCH", "--parameters", json.dumps({"RoleArn": role})),
    )
    return str(product)


def make_role(platform: Platform, name: str) -> None:
    """Make a role that package 2 wants to make, in the seconds in which the runner still fetches the release."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    platform.engineer(
        *("iam", "create-role", "--role-name", name, "--assume-role-policy-document", json.dumps(trust))
    )
