"""Custom resources: a function answers at a presigned URL."""

import io
import json
import time
import zipfile
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

FUNCTION = """
import json, os, time, urllib.request

def handler(event, context):
    properties = event["ResourceProperties"]
    print(json.dumps({key: event[key] for key in event if key != "ResponseURL"}), flush=True)
    time.sleep(float(properties.get("Sleep", 0)) * (event["RequestType"] == "Update"))
    mode = properties.get("Mode", "")
    if mode == "silent" and event["RequestType"] == "Create":
        return
    physical_id = event.get("PhysicalResourceId") or "made-" + properties.get("Name", "x")
    if properties.get("ReplaceOn") and event["RequestType"] == "Update":
        physical_id = "made-" + properties["Name"]
    failed = mode == event["RequestType"]
    answer = {
        "Status": "FAILED" if failed else "SUCCESS",
        "Reason": "told to fail" if failed else "",
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": "another" if mode == "stranger" and event["RequestType"] == "Create" else event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Word": properties.get("Name", ""), "Type": event["RequestType"]},
    }
    if mode == "long" and event["RequestType"] == "Create":
        answer["Data"]["Long"] = "x" * 5000
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(request)
"""


@pytest.fixture(scope="module")
def function(cloud: Any) -> str:
    """ARN of a function that answers, fails or stays silent as its properties say."""
    iam, name = cloud.client("iam"), "custom-resource-test"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": logs, "Resource": "*"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=json.dumps(policy))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("app.py", FUNCTION)
    made = cloud.client("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=10,
    )
    return str(made["FunctionArn"])


def template(function: str, **properties: Any) -> dict[str, Any]:
    resource = {"Type": "Custom::Thing", "Properties": {"ServiceToken": function, **properties}}
    return {
        "Resources": {"Thing": resource},
        "Outputs": {"Word": {"Value": {"Fn::GetAtt": ["Thing", "Word"]}}, "Id": {"Value": {"Ref": "Thing"}}},
    }


def requests(cloud: Any, stack: dict[str, Any]) -> list[dict[str, Any]]:
    """What the function was sent for a stack, in order."""
    logs = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/custom-resource-test")["events"]
    lines = [event["message"] for event in logs if event["message"].startswith("{")]
    sent = [json.loads(line) for line in lines if "RequestType" in line]
    return [event for event in sent if event["StackId"] == stack["StackId"]]


def test_a_life(stacks: Any, cloud: Any, function: str) -> None:
    stack = stacks.create(template(function, Name="first", Size=3, Deep={"Flag": True}))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]} == {
        "Word": "first",
        "Id": "made-first",
    }
    updated = stacks.update(stack["StackId"], template(function, Name="second"))
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert {item["OutputKey"]: item["OutputValue"] for item in updated["Outputs"]}["Word"] == "second"
    assert stacks.delete(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    create, update, delete = requests(cloud, stack)
    assert create["ResourceProperties"]["Size"] == "3"
    assert create["ResourceProperties"]["Deep"] == {"Flag": "true"}
    assert (create["RequestType"], create["ResourceType"]) == ("Create", "Custom::Thing")
    assert (update["RequestType"], update["PhysicalResourceId"]) == ("Update", "made-first")
    assert update["OldResourceProperties"]["Name"] == "first"
    assert (delete["RequestType"], delete["PhysicalResourceId"]) == ("Delete", "made-first")


def test_another_physical_id_replaces_the_resource(stacks: Any, cloud: Any, function: str) -> None:
    stack = stacks.create(template(function, Name="old"))
    stacks.update(stack["StackId"], template(function, Name="new", ReplaceOn="yes"))
    assert stacks.physical(stack["StackId"])["Thing"] == "made-new"
    sent = [(event["RequestType"], event.get("PhysicalResourceId")) for event in requests(cloud, stack)]
    assert sent == [("Create", None), ("Update", "made-old"), ("Delete", "made-old")]


def test_a_failed_creation_is_deleted_again(stacks: Any, cloud: Any, function: str) -> None:
    stack = stacks.create(template(function, Name="x", Mode="Create"))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reason(stack["StackId"], "Thing", "CREATE_FAILED")
    assert "Received response status [FAILED] from custom resource. Message returned: told to fail" in reason
    assert [event["RequestType"] for event in requests(cloud, stack)] == ["Create", "Delete"]


def test_a_failed_update_is_undone(stacks: Any, cloud: Any, function: str) -> None:
    stack = stacks.create(template(function, Name="good"))
    rolled = stacks.update(stack["StackId"], template(function, Name="bad", Mode="Update"))
    assert rolled["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    sent = [(event["RequestType"], event["ResourceProperties"]["Name"]) for event in requests(cloud, stack)]
    assert sent == [("Create", "good"), ("Update", "bad"), ("Update", "good")]
    _, forth, back = requests(cloud, stack)
    assert forth["OldResourceProperties"] == {"ServiceToken": function, "Name": "good"}
    assert back["OldResourceProperties"] == {"ServiceToken": function, "Name": "bad", "Mode": "Update"}
    assert back["ResourceProperties"] == forth["OldResourceProperties"]


def test_a_rollback_waits_for_what_restores_the_old_state(
    stacks: Any, cloud: Any, function: str, failing: dict[str, Any]
) -> None:
    def asked(name: str, **more: Any) -> dict[str, Any]:
        properties = {"ServiceToken": function, "Name": name, "Sleep": "3" if name == "one" else "0"}
        return {"Resources": {"Thing": {"Type": "Custom::Thing", "Properties": properties}, **more}}

    stack = stacks.create(asked("one"))
    broken = asked("two", Run=failing | {"DependsOn": "Thing"})
    stacks.client.update_stack(StackName=stack["StackId"], TemplateBody=yaml.safe_dump(broken))
    status, deadline = "", time.monotonic() + 20
    while status != "UPDATE_ROLLBACK_IN_PROGRESS" and time.monotonic() < deadline:
        status = stacks.client.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"]
        time.sleep(0.05)
    begun = time.monotonic()
    with pytest.raises(ClientError, match="UPDATE_ROLLBACK_IN_PROGRESS state and can not be"):
        stacks.client.delete_stack(StackName=stack["StackId"])
    assert stacks.settled(stack["StackId"])["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert time.monotonic() - begun > 2, "the function takes three seconds"
    create, forth, back = requests(cloud, stack)
    assert [event["RequestType"] for event in (create, forth, back)] == ["Create", "Update", "Update"]
    assert (back["ResourceProperties"]["Name"], back["OldResourceProperties"]["Name"]) == ("one", "two")
    assert back["PhysicalResourceId"] == "made-one"
    events = stacks.events(stack["StackId"])
    rollback = events.index((stack["StackName"], "UPDATE_ROLLBACK_IN_PROGRESS"))
    assert [status for logical, status in events[rollback:] if logical == "Thing"] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_a_rollback_that_fails_can_be_continued(stacks: Any, function: str) -> None:
    def asked(word: str) -> dict[str, Any]:
        resources = {
            name: {
                "Type": "Custom::Thing",
                "Properties": {"ServiceToken": function, "Name": word, "Mode": "Update"},
            }
            for name in ("One", "Two")
        }
        return {"Resources": resources}

    stack = stacks.create(asked("first"))
    stuck = stacks.update(stack["StackId"], asked("second"))
    assert stuck["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert "failed to update: [" in stuck["StackStatusReason"]
    with pytest.raises(ClientError, match="can not be updated"):
        stacks.update(stack["StackId"], asked("third"))
    stacks.client.continue_update_rollback(StackName=stack["StackId"])
    assert stacks.settled(stack["StackId"])["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    stacks.client.continue_update_rollback(StackName=stack["StackId"], ResourcesToSkip=["One", "Two"])
    assert stacks.settled(stack["StackId"])["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert set(stacks.physical(stack["StackId"])) == {"One", "Two"}
    with pytest.raises(ClientError, match="can not continue the rollback"):
        stacks.client.continue_update_rollback(StackName=stack["StackId"])
    assert stacks.delete(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_deletion_can_be_repeated(stacks: Any, function: str) -> None:
    stack = stacks.create(template(function, Name="stuck", Mode="Delete"))
    failed = stacks.delete(stack["StackId"])
    assert failed["StackStatus"] == "DELETE_FAILED"
    assert "told to fail" in stacks.reason(stack["StackId"], "Thing", "DELETE_FAILED")


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("silent", "CloudFormation did not receive a response from your Custom Resource"),
        ("stranger", "Value of property RequestId does not match the request"),
        ("long", "Response object is too long"),
    ],
)
def test_a_function_that_does_not_answer_properly(
    stacks: Any, cloud: Any, function: str, mode: str, message: str
) -> None:
    stack = stacks.create(template(function, Mode=mode, ServiceTimeout=3))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert message in stacks.reason(stack["StackId"], "Thing", "CREATE_FAILED")
    create, delete = requests(cloud, stack)
    assert (create["RequestType"], delete["RequestType"]) == ("Create", "Delete")
    assert delete["PhysicalResourceId"].startswith(f"{stack['StackName']}-Thing-"), "nobody has given it an id"


def test_the_function_stays_the_same(stacks: Any, function: str) -> None:
    stack = stacks.create(template(function, Name="x"))
    rolled = stacks.update(stack["StackId"], template(f"{function}-other", Name="x"))
    assert rolled["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.reason(stack["StackId"], "Thing", "UPDATE_FAILED") == "Modifying service token is not allowed."


def test_what_is_cancelled_is_deleted_as_well(
    stacks: Any, cloud: Any, function: str, failing: dict[str, Any]
) -> None:
    resources = template(function, Mode="silent", ServiceTimeout=30)["Resources"]
    resources["Pause"] = {"Type": "Custom::Thing", "Properties": {"ServiceToken": function}}
    resources["Broken"] = failing | {"DependsOn": "Pause"}
    stack = stacks.create({"Resources": resources})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.reason(stack["StackId"], "Thing", "CREATE_FAILED") == "Resource creation cancelled"
    sent = {(event["LogicalResourceId"], event["RequestType"]) for event in requests(cloud, stack)}
    assert sent == {("Thing", "Create"), ("Thing", "Delete"), ("Pause", "Create"), ("Pause", "Delete")}


def test_the_stacks_role_has_to_be_allowed_to_invoke(stacks: Any, cloud: Any, function: str) -> None:
    iam, name = cloud.client("iam"), "custom-resource-stack"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    refused = stacks.create(template(function, Name="x"), RoleARN=role)
    reason = stacks.reason(refused["StackId"], "Thing", "CREATE_FAILED")
    assert f"{role} is not authorized to perform: lambda:InvokeFunction on resource: {function}" in reason
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=name, PolicyName="invoke", PolicyDocument=policy)
    stack = stacks.create(template(function, Name="x"), RoleARN=role)
    assert (stack["StackStatus"], stack["RoleARN"]) == ("CREATE_COMPLETE", role)
    calls = [call for call in cloud.internal.call_log.read() if call["role_arn"] == role]
    assert [call["operation"] for call in calls] == ["Invoke"]


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("arn:aws:lambda:eu-central-1:123456789012:function:nobody", "Function not found"),
        ("arn:aws:sns:eu-central-1:123456789012:topic", "Invalid service token"),
    ],
)
def test_a_service_token_has_to_be_a_function(stacks: Any, token: str, message: str) -> None:
    stack = stacks.create(template(token))
    assert message in stacks.reason(stack["StackId"], "Thing", "CREATE_FAILED")


def test_an_attribute_that_was_not_answered_fails_who_asks(stacks: Any, function: str) -> None:
    asked = template(function, Name="x")
    asked["Outputs"]["Nothing"] = {"Value": {"Fn::GetAtt": ["Thing", "Nothing"]}}
    stack = stacks.create(asked)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reason(stack["StackId"], stack["StackName"], "ROLLBACK_IN_PROGRESS")
    assert "Vendor response doesn't contain Nothing attribute" in reason


def test_the_url_is_presigned_and_the_bucket_is_nobodys(stacks: Any, cloud: Any, function: str) -> None:
    stacks.create(template(function, Name="x"))
    buckets = [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]
    assert not [name for name in buckets if "custom-resource" in name]
