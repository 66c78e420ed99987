"""Updating provisioned products: versions, parameters, tags, and what happens when it fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.localcloud.servicecatalog.changes import terminate, update


def test_an_update_changes_version_and_parameters(launchable: Any, queue_template: Callable[..., Any]) -> None:
    name = f"update-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name, parameters={"QueueName": name, "Size": "large"}))
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
    second = launchable.version(
        "2.0.0", queue_template(Resources=queue_template()["Resources"] | {"Topic": topic})
    )
    updated = launchable.ended(update(launchable, record, second, {"QueueName": None, "Size": None, "Count": "2"}))
    assert (updated["Status"], updated["RecordType"]) == ("SUCCEEDED", "UPDATE_PROVISIONED_PRODUCT")
    assert updated["Outputs"]["Size"] == "large"
    detail = launchable.described(record)
    assert (detail["Status"], detail["ProvisioningArtifactId"]) == ("AVAILABLE", second)
    again = launchable.ended(update(launchable, record, second, {"QueueName": None, "Size": None, "Count": None}))
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
    kept = launchable.ended(update(launchable, record, second, everything))

    assert kept["Status"] == "SUCCEEDED", kept.get("RecordErrors")
    assert (kept["Outputs"]["Size"], kept["Outputs"]["Colour"]) == ("small", "red")
    named = launchable.ended(update(launchable, record, second, {"QueueName": None, "Colour": "blue"}))
    assert (named["Outputs"]["Size"], named["Outputs"]["Colour"]) == ("large", "blue")
    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match=r"\[Count\] do not exist"):
        update(launchable, record, second, {"QueueName": None, "Count": "2"})


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
    larger = launchable.ended(update(launchable, record, launchable.first, {"QueueName": None, "Size": "large"}))
    assert larger["Status"] == "SUCCEEDED", "on its own version"
    assert launchable.ended(update(launchable, record, second, {"QueueName": None}))["Status"] == "SUCCEEDED"
    assert launchable.ended(update(launchable, record, third, {"QueueName": None}))["Status"] == "SUCCEEDED"
    launchable.admin.update_provisioning_artifact(
        ProductId=launchable.product, ProvisioningArtifactId=second, Active=False
    )
    with pytest.raises(launchable.user.exceptions.ResourceNotFoundException, match="not active"):
        update(launchable, record, second, {"QueueName": None})


def test_of_two_changes_at_once_one_is_refused(launchable: Any, queue_template: Callable[..., Any]) -> None:
    name = f"both-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    run = {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": "sleep 2; echo done > /command-output.txt", "Timeout": "30"},
    }
    slow = launchable.version("2.0.0", queue_template(Resources=queue_template()["Resources"] | {"Run": run}))

    def change() -> dict[str, Any] | None:
        try:
            return update(launchable, record, slow, {"QueueName": None})
        except launchable.user.exceptions.InvalidParametersException:
            return None

    with ThreadPoolExecutor(8) as pool:
        begun = [item for item in pool.map(lambda _: change(), range(8)) if item is not None]

    assert len(begun) == 1
    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match="is being changed"):
        terminate(launchable, record["ProvisionedProductId"])
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
    updated = launchable.ended(update(launchable, record, second, {"QueueName": None}))
    resources = queue(99) | {"Run": failing | {"DependsOn": "Queue"}}
    broken = launchable.version("3.0.0", queue_template(Resources=resources))

    failed = launchable.ended(update(launchable, record, broken, {"QueueName": None}))

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
    failed = launchable.ended(update(launchable, record, broken, {"QueueName": None}))
    assert failed["Status"] == "FAILED"
    assert "not a valid Instance Profile" in failed["RecordErrors"][0]["Description"]
    detail = launchable.described(record)
    assert (detail["Status"], detail["ProvisioningArtifactId"]) == ("TAINTED", launchable.first)
    repaired = launchable.ended(update(launchable, record, launchable.first, {"QueueName": None, "Size": "large"}))
    assert repaired["Status"] == "SUCCEEDED"
    assert launchable.described(record)["Status"] == "AVAILABLE"
