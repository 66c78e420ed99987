"""Launching, updating and terminating products."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError


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
    ended = launchable.ended(_terminate(launchable, detail["Id"]))
    assert ended["Status"] == "SUCCEEDED"


def test_a_name_is_taken_once_and_a_token_makes_launches_one(launchable: Any) -> None:
    name = f"twice-{launchable.suffix}"
    record = launchable.provision(name, token="one-token")
    assert launchable.provision(name, token="one-token")["RecordId"] == record["RecordId"]
    with pytest.raises(launchable.user.exceptions.DuplicateResourceException):
        launchable.provision(name, token="another")
    launchable.ended(record)


def test_an_update_changes_version_and_parameters(launchable: Any, queue_template: Callable[..., Any]) -> None:
    name = f"update-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name, parameters={"QueueName": name, "Size": "large"}))
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
    second = launchable.version(
        "2.0.0", queue_template(Resources=queue_template()["Resources"] | {"Topic": topic})
    )
    updated = launchable.ended(
        _update(launchable, record, second, {"QueueName": None, "Size": None, "Count": "2"})
    )
    assert (updated["Status"], updated["RecordType"]) == ("SUCCEEDED", "UPDATE_PROVISIONED_PRODUCT")
    assert updated["Outputs"]["Size"] == "large"
    detail = launchable.described(record)
    assert (detail["Status"], detail["ProvisioningArtifactId"]) == ("AVAILABLE", second)
    again = launchable.ended(_update(launchable, record, second, {"QueueName": None, "Size": None, "Count": None}))
    assert again["Status"] == "SUCCEEDED", "an update without changes succeeds"
    history = launchable.user.list_record_history(
        SearchFilter={"Key": "provisionedproduct", "Value": detail["Id"]}
    )["RecordDetails"]
    assert [item["RecordType"] for item in history] == ["UPDATE_PROVISIONED_PRODUCT"] * 2 + ["PROVISION_PRODUCT"]


def test_what_an_update_does_not_name(launchable: Any, queue_template: Callable[..., Any]) -> None:
    """A kept value is the stack's, be it an older default; what the stack never had gets the new default."""
    name = f"kept-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    parameters = queue_template()["Parameters"]
    newer = {
        **{key: value for key, value in parameters.items() if key != "Count"},
        "Size": parameters["Size"] | {"Default": "large"},
        "Colour": {"Type": "String", "Default": "red"},
    }
    outputs = {key: {"Value": {"Ref": key}} for key in ("Size", "Colour")}
    second = launchable.version("2.0.0", queue_template(Parameters=newer, Outputs=outputs))

    everything = {"QueueName": None, "Size": None, "Colour": None, "Secret": None}
    kept = launchable.ended(_update(launchable, record, second, everything))

    assert kept["Status"] == "SUCCEEDED", kept.get("RecordErrors")
    assert (kept["Outputs"]["Size"], kept["Outputs"]["Colour"]) == ("small", "red")
    named = launchable.ended(_update(launchable, record, second, {"QueueName": None, "Colour": "blue"}))
    assert (named["Outputs"]["Size"], named["Outputs"]["Colour"]) == ("large", "blue")
    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match=r"\[Count\] do not exist"):
        _update(launchable, record, second, {"QueueName": None, "Count": "2"})


def test_a_deprecated_version_is_for_those_who_have_the_product(
    launchable: Any, queue_template: Callable[..., Any]
) -> None:
    name = f"deprecated-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    second = launchable.version("2.0.0", queue_template(Description="second"))
    third = launchable.version("3.0.0", queue_template(Description="third"))
    for artifact in (launchable.first, second):
        launchable.admin.update_provisioning_artifact(
            ProductId=launchable.product, ProvisioningArtifactId=artifact, Guidance="DEPRECATED"
        )

    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match="deprecated"):
        launchable.provision(f"{name}-2", artifact=second)
    larger = launchable.ended(_update(launchable, record, launchable.first, {"QueueName": None, "Size": "large"}))
    assert larger["Status"] == "SUCCEEDED", "on its own version"
    assert launchable.ended(_update(launchable, record, second, {"QueueName": None}))["Status"] == "SUCCEEDED"
    assert launchable.ended(_update(launchable, record, third, {"QueueName": None}))["Status"] == "SUCCEEDED"
    launchable.admin.update_provisioning_artifact(
        ProductId=launchable.product, ProvisioningArtifactId=second, Active=False
    )
    with pytest.raises(launchable.user.exceptions.ResourceNotFoundException, match="not active"):
        _update(launchable, record, second, {"QueueName": None})


def test_of_two_changes_at_once_one_is_refused(launchable: Any, queue_template: Callable[..., Any]) -> None:
    name = f"both-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    run = {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": "sleep 2; echo done > /command-output.txt", "Timeout": "30"},
    }
    slow = launchable.version("2.0.0", queue_template(Resources=queue_template()["Resources"] | {"Run": run}))

    def update() -> dict[str, Any] | None:
        try:
            return _update(launchable, record, slow, {"QueueName": None})
        except launchable.user.exceptions.InvalidParametersException:
            return None

    with ThreadPoolExecutor(8) as pool:
        begun = [item for item in pool.map(lambda _: update(), range(8)) if item is not None]

    assert len(begun) == 1
    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match="is being changed"):
        _terminate(launchable, record["ProvisionedProductId"])
    assert launchable.ended(begun[0])["Status"] == "SUCCEEDED"


def test_an_update_that_is_rolled_back(launchable: Any, queue_template: Callable[..., Any], cloud: Any) -> None:
    name = f"stuck-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    failing = {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": "true", "Role": "none"},
    }

    def queue(seconds: int) -> dict[str, Any]:
        properties = {"QueueName": {"Ref": "QueueName"}, "VisibilityTimeout": seconds}
        return {"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}}

    second = launchable.version("2.0.0", queue_template(Resources=queue(45)))
    updated = launchable.ended(_update(launchable, record, second, {"QueueName": None}))
    resources = queue(99) | {"Run": failing | {"DependsOn": "Queue"}}
    broken = launchable.version("3.0.0", queue_template(Resources=resources))

    failed = launchable.ended(_update(launchable, record, broken, {"QueueName": None}))

    assert failed["Status"] == "FAILED"
    detail = launchable.described(record)
    assert detail["Status"] == "TAINTED"
    assert detail["StatusMessage"] == failed["RecordErrors"][0]["Description"]
    assert detail["LastSuccessfulProvisioningRecordId"] == updated["RecordId"]
    assert detail["LastProvisioningRecordId"] == failed["RecordId"]
    stack = cloud.client("cloudformation").describe_stacks(StackName=f"SC-123456789012-{detail['Id']}")["Stacks"][
        0
    ]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    tags = {item["Key"]: item["Value"] for item in stack["Tags"]}
    assert tags["aws:servicecatalog:provisioningArtifactIdentifier"] == second
    url = cloud.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert found["Attributes"]["VisibilityTimeout"] == "45", "the queue is as it was"


def test_tags_change_only_where_a_constraint_allows_it(launchable: Any, cloud: Any) -> None:
    record = launchable.ended(launchable.provision(f"tags-{launchable.suffix}"))

    def update() -> dict[str, Any]:
        answer = launchable.user.update_provisioned_product(
            ProvisionedProductId=record["ProvisionedProductId"],
            ProvisioningParameters=[{"Key": "QueueName", "UsePreviousValue": True}],
            Tags=[{"Key": "team", "Value": "new"}],
        )
        ended: dict[str, Any] = launchable.ended(answer["RecordDetail"])
        return ended

    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match="RESOURCE_UPDATE"):
        update()
    launchable.admin.create_constraint(
        PortfolioId=launchable.portfolio,
        ProductId=launchable.product,
        Type="RESOURCE_UPDATE",
        Parameters='{"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}',
        IdempotencyToken=launchable.suffix,
    )
    updated = update()
    assert {"Key": "team", "Value": "new"} in launchable.user.search_provisioned_products(
        Filters={"SearchQuery": [f"id:{record['ProvisionedProductId']}"]}
    )["ProvisionedProducts"][0]["Tags"]
    stack_id = updated["Outputs"]["CloudformationStackARN"]
    stack = cloud.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"][0]
    assert {"Key": "team", "Value": "new"} in stack["Tags"]


def test_a_failed_update_leaves_the_old_version(launchable: Any, queue_template: Callable[..., Any]) -> None:
    name = f"tainted-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    run = {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": "true", "Role": "no-such-profile"},
    }
    broken = launchable.version("3.0.0", queue_template(Resources=queue_template()["Resources"] | {"Run": run}))
    failed = launchable.ended(_update(launchable, record, broken, {"QueueName": None}))
    assert failed["Status"] == "FAILED"
    assert "not a valid Instance Profile" in failed["RecordErrors"][0]["Description"]
    detail = launchable.described(record)
    assert (detail["Status"], detail["ProvisioningArtifactId"]) == ("TAINTED", launchable.first)
    repaired = launchable.ended(
        _update(launchable, record, launchable.first, {"QueueName": None, "Size": "large"})
    )
    assert repaired["Status"] == "SUCCEEDED"
    assert launchable.described(record)["Status"] == "AVAILABLE"


def test_termination_deletes_the_stack(launchable: Any, cloud: Any) -> None:
    name = f"end-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    ended = launchable.ended(_terminate(launchable, record["ProvisionedProductId"]))
    assert (ended["Status"], ended["RecordType"]) == ("SUCCEEDED", "TERMINATE_PROVISIONED_PRODUCT")
    with pytest.raises(launchable.user.exceptions.ResourceNotFoundException):
        launchable.described(record)
    assert not cloud.client("sqs").list_queues(QueueNamePrefix=name).get("QueueUrls")
    assert launchable.ended(launchable.provision(name))["Status"] == "SUCCEEDED", "the name is free again"


def test_termination_that_fails_can_be_repeated_or_forced(
    launchable: Any, cloud: Any, queue_template: Callable[..., Any]
) -> None:
    bucket_name = f"stuck-{launchable.suffix}"
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket_name}}
    artifact = launchable.version("bucket", queue_template(Resources={"B": bucket}, Outputs={}))
    record = launchable.ended(launchable.provision(bucket_name, artifact=artifact))
    cloud.client("s3").put_object(Bucket=bucket_name, Key="x", Body=b"x")
    failed = launchable.ended(_terminate(launchable, record["ProvisionedProductId"]))
    assert failed["Status"] == "FAILED"
    assert "The bucket you tried to delete is not empty" in failed["RecordErrors"][0]["Description"]
    assert launchable.described(record)["Status"] == "TAINTED"
    launchable.ended(_terminate(launchable, record["ProvisionedProductId"], IgnoreErrors=True))
    with pytest.raises(launchable.user.exceptions.ResourceNotFoundException):
        launchable.described(record)


def test_physical_resources_can_be_retained(launchable: Any, cloud: Any) -> None:
    name = f"retain-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    ended = _terminate(launchable, record["ProvisionedProductId"], RetainPhysicalResources=True)
    assert launchable.ended(ended)["Status"] == "SUCCEEDED"
    assert cloud.client("sqs").get_queue_url(QueueName=name)


def test_without_its_launch_role_a_product_cannot_be_terminated(launchable: Any, cloud: Any) -> None:
    record = launchable.ended(launchable.provision(f"orphan-{launchable.suffix}"))
    role = launchable.launch_role.rsplit("/", 1)[-1]
    cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="stacks")
    cloud.client("iam").delete_role(RoleName=role)
    with pytest.raises(ClientError, match="Access denied while assuming the role"):
        _terminate(launchable, record["ProvisionedProductId"])


def test_a_launch_role_that_cannot_update_or_delete(launchable: Any, queue_template: Callable[..., Any]) -> None:
    launchable.let_launch("CreateStack", "DescribeStacks")
    record = launchable.ended(launchable.provision(f"stuck-role-{launchable.suffix}"))
    assert record["Status"] == "SUCCEEDED"
    second = launchable.version("2.0.0", queue_template(Description="second"))
    failed = launchable.ended(_update(launchable, record, second, {"QueueName": None}))
    assert "is not authorized to perform: cloudformation:UpdateStack" in failed["RecordErrors"][0]["Description"]
    failed = launchable.ended(_terminate(launchable, record["ProvisionedProductId"]))
    assert "is not authorized to perform: cloudformation:DeleteStack" in failed["RecordErrors"][0]["Description"]
    assert launchable.described(record)["Status"] == "TAINTED"


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


def _update(
    catalog: Any, record: dict[str, Any], artifact: str, parameters: dict[str, str | None]
) -> dict[str, Any]:
    given = [
        {"Key": key, "UsePreviousValue": True} if value is None else {"Key": key, "Value": value}
        for key, value in parameters.items()
    ]
    answer = catalog.user.update_provisioned_product(
        ProvisionedProductId=record["ProvisionedProductId"],
        ProvisioningArtifactId=artifact,
        ProvisioningParameters=given,
    )
    detail: dict[str, Any] = answer["RecordDetail"]
    return detail


def _terminate(catalog: Any, provisioned_id: str, **options: Any) -> dict[str, Any]:
    answer = catalog.user.terminate_provisioned_product(ProvisionedProductId=provisioned_id, **options)
    detail: dict[str, Any] = answer["RecordDetail"]
    return detail
