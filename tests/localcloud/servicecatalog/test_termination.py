"""Terminating provisioned products, also with roles that do not suffice."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.servicecatalog.changes import terminate, update


def test_termination_deletes_the_stack(launchable: Any, cloud: Any) -> None:
    name = f"end-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    ended = launchable.ended(terminate(launchable, record["ProvisionedProductId"]))
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
    failed = launchable.ended(terminate(launchable, record["ProvisionedProductId"]))
    assert failed["Status"] == "FAILED"
    assert "The bucket you tried to delete is not empty" in failed["RecordErrors"][0]["Description"]
    assert launchable.described(record)["Status"] == "TAINTED"
    launchable.ended(terminate(launchable, record["ProvisionedProductId"], IgnoreErrors=True))
    with pytest.raises(launchable.user.exceptions.ResourceNotFoundException):
        launchable.described(record)


def test_physical_resources_can_be_retained(launchable: Any, cloud: Any) -> None:
    name = f"retain-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    ended = terminate(launchable, record["ProvisionedProductId"], RetainPhysicalResources=True)
    assert launchable.ended(ended)["Status"] == "SUCCEEDED"
    assert cloud.client("sqs").get_queue_url(QueueName=name)


def test_without_its_launch_role_a_product_cannot_be_terminated(launchable: Any, cloud: Any) -> None:
    record = launchable.ended(launchable.provision(f"orphan-{launchable.suffix}"))
    role = launchable.launch_role.rsplit("/", 1)[-1]
    cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="stacks")
    cloud.client("iam").delete_role(RoleName=role)
    with pytest.raises(ClientError, match="Access denied while assuming the role"):
        terminate(launchable, record["ProvisionedProductId"])


def test_a_launch_role_that_cannot_update_or_delete(launchable: Any, queue_template: Callable[..., Any]) -> None:
    launchable.let_launch("CreateStack", "DescribeStacks")
    record = launchable.ended(launchable.provision(f"stuck-role-{launchable.suffix}"))
    assert record["Status"] == "SUCCEEDED"
    second = launchable.version("2.0.0", queue_template(Description="second"))
    failed = launchable.ended(update(launchable, record, second, {"QueueName": None}))
    assert "is not authorized to perform: cloudformation:UpdateStack" in failed["RecordErrors"][0]["Description"]
    failed = launchable.ended(terminate(launchable, record["ProvisionedProductId"]))
    assert "is not authorized to perform: cloudformation:DeleteStack" in failed["RecordErrors"][0]["Description"]
    assert launchable.described(record)["Status"] == "TAINTED"
