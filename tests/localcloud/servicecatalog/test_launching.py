"""Launching products, and finding what was launched."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.servicecatalog.changes import terminate


def test_a_launch_makes_a_stack_under_the_launch_role(launchable: Any, cloud: Any) -> None:
    name = f"launch-{launchable.suffix}"
    begun = launchable.provision(name, Tags=[{"Key": "team", "Value": "ml"}])
    assert begun["RecordType"] == "PROVISION_PRODUCT"
    record = launchable.ended(begun)
    assert record["Status"] == "SUCCEEDED"
    assert record["LaunchRoleArn"] == launchable.launch_role
    assert record["Outputs"]["Url"].endswith(f"/{name}")
    detail = launchable.described(record)
    assert (detail["Status"], detail["LastSuccessfulProvisioningRecordId"]) == ("AVAILABLE", record["RecordId"])
    stack_id = record["Outputs"]["CloudformationStackARN"]
    stack = cloud.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"][0]
    assert stack["StackName"] == f"SC-123456789012-{detail['Id']}"
    tags = {item["Key"]: item["Value"] for item in stack["Tags"]}
    assert tags["team"] == "ml"
    assert tags["sagemaker:studio-visibility"] == "true"
    assert tags["aws:servicecatalog:provisioningArtifactIdentifier"] == launchable.first
    assert tags["aws:servicecatalog:provisioningPrincipalArn"].endswith("/studio-execution-role/user")
    calls = {
        f"{call['service']}:{call['operation']}"
        for call in cloud.internal.call_log.read()
        if call["role_arn"] == launchable.launch_role
    }
    assert calls == {"s3:GetObject", "cloudformation:CreateStack", "cloudformation:DescribeStacks"}
    outputs = launchable.user.get_provisioned_product_outputs(ProvisionedProductName=name, OutputKeys=["Size"])
    assert [item["OutputValue"] for item in outputs["Outputs"]] == ["small"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "Parameters: [QueueName] must have values"),
        ({"QueueName": "abc", "Nobody": "x"}, "Parameters: [Nobody] do not exist in the template"),
        ({"QueueName": "A"}, "Parameter QueueName failed to satisfy constraint: 3 to 40 small letters"),
        ({"QueueName": "abc; rm -rf /"}, "Parameter QueueName failed to satisfy constraint"),
        ({"QueueName": "abc", "Size": "tiny"}, "Parameter 'Size' must be one of AllowedValues"),
        ({"QueueName": "abc", "Count": "10"}, "Parameter 'Count' must be a number not greater than 9"),
        ({"QueueName": "abc", "Secret": "ü" * 2049}, "must contain at most 4096 bytes"),
    ],
)
def test_refused_parameters_leave_nothing_behind(
    launchable: Any, parameters: dict[str, str], message: str
) -> None:
    with pytest.raises(launchable.user.exceptions.InvalidParametersException) as refused:
        launchable.provision("refused", parameters=parameters)
    assert message in refused.value.response["Error"]["Message"]
    with pytest.raises(launchable.user.exceptions.ResourceNotFoundException):
        launchable.user.describe_provisioned_product(Name="refused")


def test_rules_of_the_template_and_of_a_constraint_are_asked(
    launchable: Any, queue_template: Callable[..., Any]
) -> None:
    never = {"Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}, "AssertDescription": "Choose a newer version"}]}
    placeholder = launchable.version("placeholder", queue_template(Rules={"Never": never}))
    with pytest.raises(ClientError, match="Choose a newer version"):
        launchable.provision("ruled", artifact=placeholder)
    launchable.admin.create_constraint(
        PortfolioId=launchable.portfolio,
        ProductId=launchable.product,
        Type="TEMPLATE",
        Parameters='{"Rules": {"Small": {"Assertions": [{"Assert": {"Fn::Contains": [["small"], {"Ref": "Size"}]},'
        ' "AssertDescription": "Only small ones here"}]}}}',
        IdempotencyToken=launchable.suffix,
    )
    with pytest.raises(ClientError, match="Only small ones here"):
        launchable.provision("ruled", parameters={"QueueName": "ruled", "Size": "large"})


def test_a_failed_launch_says_why(launchable: Any, queue_template: Callable[..., Any]) -> None:
    broken = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "QueueName"}}},
        "Run": {
            "Type": "AWSUtility::CloudFormation::CommandRunner",
            "Properties": {"Command": "true", "Role": "no-such-profile"},
            "DependsOn": "Queue",
        },
    }
    artifact = launchable.version("broken", queue_template(Resources=broken, Outputs={}))
    record = launchable.ended(launchable.provision(f"broken-{launchable.suffix}", artifact=artifact))
    assert record["Status"] == "FAILED"
    (error,) = record["RecordErrors"]
    assert error["Description"].startswith("Errors from CloudFormation: [{LogicalResourceId : SC-123456789012-pp-")
    assert "The following resource(s) failed to create: [Run]. Rollback requested by user." in error["Description"]
    assert "The Role property specified is not a valid Instance Profile." in error["Description"]
    detail = launchable.described(record)
    assert (detail["Status"], detail["StatusMessage"]) == ("ERROR", error["Description"])
    ended = launchable.ended(terminate(launchable, detail["Id"]))
    assert ended["Status"] == "SUCCEEDED"


def test_a_name_is_taken_once_and_a_token_makes_launches_one(launchable: Any) -> None:
    name = f"twice-{launchable.suffix}"
    record = launchable.provision(name, token="one-token")
    assert launchable.provision(name, token="one-token")["RecordId"] == record["RecordId"]
    with pytest.raises(launchable.user.exceptions.DuplicateResourceException):
        launchable.provision(name, token="another")
    launchable.ended(record)


def test_provisioned_products_are_searched(launchable: Any, cloud: Any) -> None:
    name = f"search-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    for query in (f"name:{name}", f"id:{record['ProvisionedProductId']}", launchable.suffix):
        found = launchable.user.search_provisioned_products(Filters={"SearchQuery": [query]})
        assert [item["Name"] for item in found["ProvisionedProducts"]] == [name]
    (item,) = found["ProvisionedProducts"]
    assert (item["ProductName"], item["ProvisioningArtifactName"]) == (f"product-{launchable.suffix}", "1.0.0")
    assert item["UserArn"] == launchable.studio_arn
    pages = launchable.user.get_paginator("scan_provisioned_products").paginate()
    assert name in [item["Name"] for page in pages for item in page["ProvisionedProducts"]]
    nobody = cloud.client("servicecatalog").search_provisioned_products(
        AccessLevelFilter={"Key": "User", "Value": "self"}, Filters={"SearchQuery": [f"name:{name}"]}
    )
    assert nobody["ProvisionedProducts"] == []
