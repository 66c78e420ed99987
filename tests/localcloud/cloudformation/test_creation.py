"""Creating stacks: order, results, and what happens when a resource fails."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

QUEUE = "AWS::SQS::Queue"


def command(runner: str, text: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWSUtility::CloudFormation::CommandRunner",
        "Properties": {"Command": text, "Role": runner, "Timeout": 20, **properties},
    }


def test_a_stack_is_created_in_the_order_of_its_dependencies(stacks: Any) -> None:
    template = {
        "Resources": {
            "Last": {"Type": QUEUE, "DependsOn": ["Second"]},
            "Second": {"Type": QUEUE, "Properties": {"QueueName": {"Fn::Sub": "${First.QueueName}-second"}}},
            "First": {"Type": QUEUE, "Properties": {"QueueName": "ordered-first"}},
        },
        "Outputs": {
            "Url": {"Value": {"Ref": "Second"}, "Description": "The queue", "Export": {"Name": "ordered-url"}},
            "Arn": {"Value": {"Fn::GetAtt": ["First", "Arn"]}},
        },
    }
    stack = stacks.create(template, Tags=[{"Key": "team", "Value": "ml"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Tags"] == [{"Key": "team", "Value": "ml"}]
    url = next(item for item in stack["Outputs"] if item["OutputKey"] == "Url")
    assert url["OutputValue"].endswith("/ordered-first-second")
    assert url["ExportName"] == "ordered-url"
    name = stack["StackName"]
    complete = [logical for logical, status in stacks.events(stack["StackId"]) if status == "CREATE_COMPLETE"]
    assert complete == ["First", "Second", "Last", name]
    stacks.delete(stack["StackId"])


def test_an_export_can_be_imported(stacks: Any) -> None:
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    exporting = stacks.create(
        {"Resources": {"H": handle}, "Outputs": {"O": {"Value": "shared", "Export": {"Name": "test-export"}}}}
    )
    importing = stacks.create(
        {"Resources": {"H": handle}, "Outputs": {"O": {"Value": {"Fn::ImportValue": "test-export"}}}}
    )
    assert importing["Outputs"][0]["OutputValue"] == "shared"
    exports = {item["Name"]: item for item in stacks.client.list_exports()["Exports"]}
    assert exports["test-export"]["ExportingStackId"] == exporting["StackId"]


def test_the_request_answers_before_the_work_is_done(stacks: Any, runner: str) -> None:
    stack_id = stacks.start({"Resources": {"R": command(runner, "sleep 2; echo done > /command-output.txt")}})
    assert stacks.client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    assert stacks.settled(stack_id)["StackStatus"] == "CREATE_COMPLETE"


def test_independent_resources_are_created_side_by_side(stacks: Any, runner: str) -> None:
    text = "sleep 2; echo done > /command-output.txt"
    stack = stacks.create({"Resources": {name: command(runner, text) for name in ("A", "B")}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    statuses = [status for logical, status in stacks.events(stack["StackId"]) if logical in ("A", "B")]
    assert statuses.index("CREATE_COMPLETE") == 4, "both were begun before either was done"


def test_a_failure_takes_everything_back(stacks: Any, failing: dict[str, Any], cloud: Any) -> None:
    template = {
        "Resources": {
            "Queue": {"Type": QUEUE, "Properties": {"QueueName": "rolled-back"}},
            "Broken": failing | {"DependsOn": "Queue"},
            "Never": {"Type": QUEUE, "DependsOn": "Broken"},
        }
    }
    stack = stacks.create(template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.events(stack["StackId"]) == [
        (stack["StackName"], "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_COMPLETE"),
        ("Broken", "CREATE_IN_PROGRESS"),
        ("Broken", "CREATE_FAILED"),
        (stack["StackName"], "ROLLBACK_IN_PROGRESS"),
        ("Queue", "DELETE_IN_PROGRESS"),
        ("Queue", "DELETE_COMPLETE"),
        (stack["StackName"], "ROLLBACK_COMPLETE"),
    ]
    reason = stacks.reason(stack["StackId"], stack["StackName"], "ROLLBACK_IN_PROGRESS")
    assert reason == "The following resource(s) failed to create: [Broken]. Rollback requested by user."
    assert not cloud.client("sqs").list_queues(QueueNamePrefix="rolled-back").get("QueueUrls")
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        stacks.update(stack["StackId"], template | {"Description": "again"})
    assert stacks.delete(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_what_runs_beside_a_failure_is_cancelled(stacks: Any, runner: str, failing: dict[str, Any]) -> None:
    started = time.monotonic()
    stack = stacks.create({"Resources": {"Slow": command(runner, "sleep 19"), "Broken": failing}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert time.monotonic() - started < 14
    assert stacks.reason(stack["StackId"], "Slow", "CREATE_FAILED") == "Resource creation cancelled"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED"),
        ({"DisableRollback": True}, "CREATE_FAILED"),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE"),
        ({"OnFailure": "ROLLBACK"}, "ROLLBACK_COMPLETE"),
    ],
)
def test_a_failed_creation_can_be_kept_or_deleted(
    stacks: Any, failing: dict[str, Any], options: dict[str, Any], status: str
) -> None:
    resources = {"Queue": {"Type": QUEUE}, "Broken": failing | {"DependsOn": "Queue"}}
    stack_id = stacks.start({"Resources": resources}, **options)
    also = ("CREATE_FAILED",) if status == "DELETE_COMPLETE" else ()
    assert stacks.settled(stack_id, also=also)["StackStatus"] == status
    assert bool(stacks.physical(stack_id)["Queue"]) == (status == "CREATE_FAILED")


def test_an_output_that_cannot_be_evaluated_fails_the_stack(stacks: Any) -> None:
    template = {
        "Resources": {"Queue": {"Type": QUEUE}},
        "Outputs": {"O": {"Value": {"Fn::GetAtt": ["Queue", "NoSuchThing"]}}},
    }
    stack = stacks.create(template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reason(stack["StackId"], stack["StackName"], "ROLLBACK_IN_PROGRESS")
    assert "does not support attribute type NoSuchThing" in reason


def test_conditions_decide_what_is_made(stacks: Any) -> None:
    template = {
        "Parameters": {"Extra": {"Type": "String", "Default": "no"}},
        "Conditions": {"WithExtra": {"Fn::Equals": [{"Ref": "Extra"}, "yes"]}},
        "Resources": {"Always": {"Type": QUEUE}, "Maybe": {"Type": QUEUE, "Condition": "WithExtra"}},
        "Outputs": {"Maybe": {"Condition": "WithExtra", "Value": {"Ref": "Maybe"}}},
    }
    without, with_it = stacks.create(template), stacks.create(template, parameters={"Extra": "yes"})
    assert set(stacks.physical(without["StackId"])) == {"Always"}
    assert "Outputs" not in without or without["Outputs"] == []
    assert set(stacks.physical(with_it["StackId"])) == {"Always", "Maybe"}
    assert with_it["Outputs"][0]["OutputKey"] == "Maybe"


def test_names_are_taken_once_and_tokens_make_requests_one(stacks: Any) -> None:
    template = {"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    first = stacks.create(template, "taken", ClientRequestToken="token-1")
    assert stacks.start(template, "taken", ClientRequestToken="token-1") == first["StackId"]
    with pytest.raises(stacks.client.exceptions.AlreadyExistsException):
        stacks.start(template, "taken")
    with pytest.raises(ClientError, match="Token token-1 was used"):
        stacks.start(template, "other", ClientRequestToken="token-1")
    with pytest.raises(ClientError, match="failed to satisfy constraint"):
        stacks.start(template, "not_a_name")


def test_iam_resources_have_to_be_acknowledged(stacks: Any) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    properties = {"RoleName": "acknowledged", "AssumeRolePolicyDocument": trust}
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
    with pytest.raises(stacks.client.exceptions.InsufficientCapabilitiesException, match="CAPABILITY_NAMED_IAM"):
        stacks.start(template, Capabilities=["CAPABILITY_IAM"])
    stack = stacks.create(template, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert stacks.physical(stack["StackId"]) == {"Role": "acknowledged"}
    stacks.delete(stack["StackId"])


def test_topics_are_told(stacks: Any, cloud: Any) -> None:
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name="stack-events")["TopicArn"]
    queue = sqs.create_queue(QueueName="stack-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    template = {"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    stack = stacks.create(template, NotificationARNs=[topic])
    assert stack["NotificationARNs"] == [topic]
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    told = [json.loads(message["Body"])["Message"] for message in messages]
    assert any(
        "ResourceStatus='CREATE_COMPLETE'\n" in text and f"StackName='{stack['StackName']}'" in text
        for text in told
    )


def test_tags_of_aws_itself_are_reserved(stacks: Any) -> None:
    template = {"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    with pytest.raises(ClientError, match="aws: prefixed tag key names are not allowed"):
        stacks.start(template, Tags=[{"Key": "aws:mine", "Value": "x"}])


def test_the_service_role_has_to_trust_cloudformation(stacks: Any, runner: str) -> None:
    role = stacks.cloud.client("iam").get_role(RoleName=runner)["Role"]["Arn"]
    template = {"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        stacks.start(template, RoleARN=role)
