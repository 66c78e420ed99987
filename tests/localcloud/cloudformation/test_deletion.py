"""Deleting stacks."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

QUEUE = "AWS::SQS::Queue"


def test_dependents_go_first(stacks: Any) -> None:
    resources = {
        "A": {"Type": QUEUE},
        "B": {"Type": QUEUE, "DependsOn": "A"},
        "C": {"Type": QUEUE, "Properties": {"QueueName": {"Fn::Sub": "${B.QueueName}-c"}}},
    }
    stack = stacks.create({"Resources": resources})
    assert stacks.delete(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    deleted = [name for name, status in stacks.events(stack["StackId"]) if status == "DELETE_COMPLETE"]
    assert deleted == ["C", "B", "A", stack["StackName"]]
    with pytest.raises(ClientError, match="does not exist"):
        stacks.client.describe_stacks(StackName=stack["StackName"])
    listed = stacks.client.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert stack["StackId"] in [item["StackId"] for item in listed]


def test_deleting_what_is_not_there_succeeds(stacks: Any) -> None:
    stacks.client.delete_stack(StackName="never-was")


def test_retained_resources_stay(stacks: Any, cloud: Any) -> None:
    properties = {"QueueName": "retained-queue"}
    stack = stacks.create(
        {"Resources": {"Q": {"Type": QUEUE, "Properties": properties, "DeletionPolicy": "Retain"}}}
    )
    assert stacks.delete(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert ("Q", "DELETE_SKIPPED") in stacks.events(stack["StackId"])
    assert cloud.client("sqs").get_queue_url(QueueName="retained-queue")


def test_a_protected_stack_stays(stacks: Any) -> None:
    template = {"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    stack = stacks.create(template, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        stacks.client.delete_stack(StackName=stack["StackId"])
    stacks.client.update_termination_protection(StackName=stack["StackId"], EnableTerminationProtection=False)
    assert stacks.delete(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_policy_is_kept(stacks: Any) -> None:
    stack = stacks.create({"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}})
    policy = '{"Statement": []}'
    stacks.client.set_stack_policy(StackName=stack["StackId"], StackPolicyBody=policy)
    assert stacks.client.get_stack_policy(StackName=stack["StackId"])["StackPolicyBody"] == policy


def test_a_creation_can_be_deleted_while_it_runs(stacks: Any, runner: str, cloud: Any) -> None:
    slow = {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": "sleep 30", "Role": runner, "Timeout": 40},
        "DependsOn": "Q",
    }
    stack_id = stacks.start(
        {"Resources": {"Q": {"Type": QUEUE, "Properties": {"QueueName": "early"}}, "Slow": slow}}
    )
    assert stacks.delete(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert not cloud.client("sqs").list_queues(QueueNamePrefix="early").get("QueueUrls")


def test_a_deletion_that_fails_can_be_repeated(stacks: Any, cloud: Any) -> None:
    s3, name = cloud.client("s3"), "cloudformation-test-not-empty"
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    stack = stacks.create({"Resources": {"B": bucket, "Q": {"Type": QUEUE, "DependsOn": "B"}}})
    s3.put_object(Bucket=name, Key="left", Body=b"behind")
    failed = stacks.delete(stack["StackId"])
    assert failed["StackStatus"] == "DELETE_FAILED"
    assert failed["StackStatusReason"] == "The following resource(s) failed to delete: [B]. "
    assert stacks.physical(stack["StackId"])["B"] == name
    with pytest.raises(ClientError, match="already exists"):
        stacks.start({"Resources": {"B": bucket}}, stack["StackName"])
    stacks.client.delete_stack(StackName=stack["StackId"], RetainResources=["B"])
    assert stacks.settled(stack["StackId"], also=("DELETE_FAILED",))["StackStatus"] == "DELETE_COMPLETE"
    assert s3.get_object(Bucket=name, Key="left")["Body"].read() == b"behind"
