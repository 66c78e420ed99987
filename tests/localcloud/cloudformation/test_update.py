"""Updating stacks: what changes, what is replaced, and going back."""

from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

QUEUE = "AWS::SQS::Queue"


def run(runner: str, text: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": text, "Role": runner, "Timeout": 30, **properties},
    }


def says(runner: str, word: str) -> dict[str, Any]:
    return run(runner, f"echo {word} > /command-output.txt")


def test_only_what_differs_is_touched(stacks: Any) -> None:
    def template(delay: int) -> dict[str, Any]:
        return {
            "Resources": {
                "Same": {"Type": QUEUE},
                "Other": {"Type": QUEUE, "Properties": {"VisibilityTimeout": delay}},
            }
        }

    stack = stacks.create(template(30))
    before, count = stacks.physical(stack["StackId"]), len(stacks.events(stack["StackId"]))
    updated = stacks.update(stack["StackId"], template(60))
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert updated["LastUpdatedTime"] > stack["CreationTime"]
    assert stacks.physical(stack["StackId"])["Same"] == before["Same"]
    touched = {logical for logical, _ in stacks.events(stack["StackId"])[count:]}
    assert touched == {"Other", stack["StackName"]}


def test_a_changed_command_replaces_the_run(stacks: Any, runner: str, cloud: Any) -> None:
    outputs = {"Word": {"Value": {"Fn::GetAtt": ["Run", "Output"]}}, "Id": {"Value": {"Ref": "Run"}}}
    stack = stacks.create({"Resources": {"Run": says(runner, "one")}, "Outputs": outputs})
    first = stacks.physical(stack["StackId"])["Run"]
    updated = stacks.update(stack["StackId"], {"Resources": {"Run": says(runner, "two")}, "Outputs": outputs})
    second = stacks.physical(stack["StackId"])["Run"]
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert {item["OutputKey"]: item["OutputValue"] for item in updated["Outputs"]} == {"Word": "two", "Id": second}
    assert second != first
    reason = stacks.reason(stack["StackId"], "Run", "UPDATE_IN_PROGRESS")
    assert reason.startswith("Requested update requires the creation of a new physical resource")
    tail = [event for event in stacks.raw_events(stack["StackId"]) if event["ResourceStatus"].startswith("DELETE")]
    assert [event["PhysicalResourceId"] for event in tail] == [first, first], "the old run is cleaned up"
    kept = cloud.client("ssm").get_parameters(Names=[first, second])
    assert ([item["Name"] for item in kept["Parameters"]], kept["InvalidParameters"]) == ([second], [first])


def test_what_depends_on_a_replaced_resource_follows(stacks: Any, runner: str) -> None:
    def template(word: str) -> dict[str, Any]:
        name = {"Fn::Sub": "follows-${Run.Output}"}
        return {
            "Resources": {"Run": says(runner, word), "Queue": {"Type": QUEUE, "Properties": {"QueueName": name}}}
        }

    stack = stacks.create(template("one"))
    stacks.update(stack["StackId"], template("two"))
    assert stacks.physical(stack["StackId"])["Queue"].endswith("/follows-two")


def test_parameters_can_keep_their_values(stacks: Any) -> None:
    template = {
        "Parameters": {"Name": {"Type": "String"}, "Size": {"Type": "String", "Default": "small"}},
        "Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {"Both": {"Value": {"Fn::Sub": "${Name} ${Size}"}}},
    }
    stack_id = stacks.create(template, parameters={"Name": "a", "Size": "large"})["StackId"]

    def update(*parameters: dict[str, Any]) -> str:
        stacks.client.update_stack(StackName=stack_id, UsePreviousTemplate=True, Parameters=list(parameters))
        return str(stacks.settled(stack_id)["Outputs"][0]["OutputValue"])

    keep = {"ParameterKey": "Size", "UsePreviousValue": True}
    assert update({"ParameterKey": "Name", "ParameterValue": "b"}, keep) == "b large"
    assert update({"ParameterKey": "Name", "ParameterValue": "b"}) == "b small", (
        "what is not named has its default"
    )
    with pytest.raises(ClientError, match="No updates are to be performed"):
        update({"ParameterKey": "Name", "UsePreviousValue": True})
    with pytest.raises(ClientError, match="must have values"):
        update(keep)
    with pytest.raises(ClientError, match="Cannot specify usePreviousValue as true"):
        update({"ParameterKey": "Nobody", "UsePreviousValue": True})


def test_added_and_removed_resources(stacks: Any, cloud: Any) -> None:
    queue = {"Type": QUEUE, "Properties": {"QueueName": "goes-away"}}
    kept = {"Type": QUEUE, "Properties": {"QueueName": "stays-behind"}, "DeletionPolicy": "Retain"}
    stack = stacks.create({"Resources": {"Away": queue, "Kept": kept}})
    updated = stacks.update(stack["StackId"], {"Resources": {"New": {"Type": QUEUE}}})
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert set(stacks.physical(stack["StackId"])) == {"New"}
    urls = " ".join(cloud.client("sqs").list_queues().get("QueueUrls", []))
    assert "goes-away" not in urls
    assert "stays-behind" in urls
    assert ("Kept", "DELETE_SKIPPED") in stacks.events(stack["StackId"])


def test_a_failed_update_goes_back(stacks: Any, runner: str, cloud: Any) -> None:
    def template(word: str, command: str | None = None) -> dict[str, Any]:
        properties = {"QueueName": f"back-{word}"}
        resources = {
            "Queue": {"Type": QUEUE, "Properties": properties},
            "Run": says(runner, word) if command is None else run(runner, command),
            "Added": {"Type": QUEUE, "Properties": {"QueueName": f"back-added-{word}"}, "DependsOn": "Queue"},
        }
        resources["Run"]["DependsOn"] = ["Queue", "Added"]
        if word == "one":
            del resources["Added"]
            resources["Run"]["DependsOn"] = ["Queue"]
        return {"Resources": resources, "Outputs": {"Word": {"Value": {"Fn::GetAtt": ["Run", "Output"]}}}}

    stack = stacks.create(template("one"), Tags=[{"Key": "release", "Value": "1"}])
    before = stacks.physical(stack["StackId"])
    rolled = stacks.update(
        stack["StackId"], template("two", "echo broken >&2"), Tags=[{"Key": "release", "Value": "2"}]
    )
    assert rolled["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert rolled["Outputs"][0]["OutputValue"] == "one"
    assert rolled["Tags"] == [{"Key": "release", "Value": "1"}]
    assert stacks.physical(stack["StackId"])["Run"] == before["Run"], "the run of before counts again"
    assert set(stacks.physical(stack["StackId"])) == {"Queue", "Run"}
    queues = " ".join(cloud.client("sqs").list_queues(QueueNamePrefix="back-").get("QueueUrls", []))
    assert "back-one" in queues
    assert "back-added-two" not in queues
    reason = stacks.reason(stack["StackId"], stack["StackName"], "UPDATE_ROLLBACK_IN_PROGRESS")
    assert reason == "The following resource(s) failed to update: [Run]. "
    again = stacks.update(stack["StackId"], template("three"))
    assert (again["StackStatus"], again["Outputs"][0]["OutputValue"]) == ("UPDATE_COMPLETE", "three")


def test_a_failed_update_can_be_kept(stacks: Any, runner: str) -> None:
    stack = stacks.create({"Resources": {"Run": says(runner, "one")}})
    failed = stacks.update(stack["StackId"], {"Resources": {"Run": run(runner, "true")}}, DisableRollback=True)
    assert failed["StackStatus"] == "UPDATE_FAILED"


def test_a_running_update_can_be_cancelled(stacks: Any, runner: str) -> None:
    stack = stacks.create({"Resources": {"Run": says(runner, "one")}})
    slow = {"Resources": {"Run": run(runner, "sleep 25; echo two > /command-output.txt")}}
    stacks.client.update_stack(StackName=stack["StackId"], TemplateBody=_text(slow))
    with pytest.raises(ClientError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        stacks.client.update_stack(StackName=stack["StackId"], TemplateBody=_text(slow))
    stacks.client.cancel_update_stack(StackName=stack["StackId"])
    assert stacks.settled(stack["StackId"])["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_resource_keeps_its_type(stacks: Any) -> None:
    stack = stacks.create({"Resources": {"R": {"Type": QUEUE}}})
    with pytest.raises(ClientError, match=r"Update of resource type is not permitted.*\[R\]"):
        stacks.update(stack["StackId"], {"Resources": {"R": {"Type": "AWS::SNS::Topic"}}})


def _text(template: Any) -> str:
    return str(yaml.safe_dump(template))
