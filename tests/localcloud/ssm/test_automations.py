"""Automations run their script as the role of the document."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.faults.client import FaultClient

SCRIPT = """
import boto3


def handler(events, context):
    if events["fail"]:
        raise ValueError("no such luck")
    print("looks around")
    return {"who": boto3.client("sts").get_caller_identity()["Arn"], "twice": 2 * events["number"]}
"""


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def document(cloud: Any) -> Callable[..., str]:
    """Makes an automation with a role that ``service`` may assume; its name is the role's."""

    def make(service: str = "ssm.amazonaws.com", *, fail: bool = False, **more: Any) -> str:
        name = f"automation-{uuid.uuid4().hex[:8]}"
        role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"][
            "Arn"
        ]
        inputs = {"Runtime": "python3.11", "Handler": "handler", "Script": SCRIPT}
        step = {
            "name": "Look",
            "action": "aws:executeScript",
            "inputs": inputs | {"InputPayload": {"number": 21, "fail": fail}},
            "outputs": [
                {"Name": "All", "Selector": "$.Payload", "Type": "StringMap"},
                {"Name": "Twice", "Selector": "$.Payload.twice", "Type": "Integer"},
            ],
        }
        content = {
            "schemaVersion": "0.3",
            "assumeRole": role,
            "outputs": ["Look.All", "Look.Twice"],
            "mainSteps": [step],
        }
        cloud.client("ssm").create_document(
            Name=name, DocumentType="Automation", DocumentFormat="JSON", Content=json.dumps(content | more)
        )
        return name

    return make


def ended(cloud: Any, identifier: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = cloud.client("ssm").get_automation_execution(AutomationExecutionId=identifier)[
            "AutomationExecution"
        ]
        if found["AutomationExecutionStatus"] != "InProgress":
            return dict(found)
        time.sleep(0.1)
    raise AssertionError("the automation did not end")


def test_a_script_runs_as_the_documents_role(cloud: Any, document: Callable[..., str]) -> None:
    name = document()

    started = cloud.client("ssm").start_automation_execution(DocumentName=name)["AutomationExecutionId"]
    found = ended(cloud, started)

    assert (found["AutomationExecutionStatus"], found["Outputs"]["Look.Twice"]) == ("Success", ["42"])
    assert json.loads(found["Outputs"]["Look.All"][0])["who"].endswith(f":assumed-role/{name}/Automation")
    assert [(step["StepName"], step["StepStatus"]) for step in found["StepExecutions"]] == [("Look", "Success")]


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"fail": True}, "no such luck"), ({"service": "lambda.amazonaws.com"}, "cannot be assumed")],
)
def test_what_goes_wrong_is_the_executions_failure(
    cloud: Any, document: Callable[..., str], given: dict[str, Any], reason: str
) -> None:
    started = cloud.client("ssm").start_automation_execution(DocumentName=document(**given))
    found = ended(cloud, started["AutomationExecutionId"])

    assert found["AutomationExecutionStatus"] == "Failed"
    assert reason in found["FailureMessage"]


def test_a_schedule_starts_it_with_a_role_that_may(cloud: Any, document: Callable[..., str]) -> None:
    name, iam, events = document(), cloud.client("iam"), cloud.client("events")
    definition = f"arn:aws:ssm:eu-central-1:123456789012:automation-definition/{name}"
    role = iam.create_role(RoleName=f"{name}-s", AssumeRolePolicyDocument=trust("events.amazonaws.com"))["Role"][
        "Arn"
    ]
    events.put_rule(Name=name, ScheduleExpression="rate(1 day)")
    events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": f"{definition}:$DEFAULT", "RoleArn": role}])
    start = {"Effect": "Allow", "Action": "ssm:StartAutomationExecution", "Resource": f"{definition}:*"}
    hand = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": f"arn:aws:iam::123456789012:role/{name}"}

    found = []
    for statements in ([start], [start, hand]):
        iam.put_role_policy(
            RoleName=f"{name}-s",
            PolicyName="start",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )
        FaultClient(cloud.endpoint).fire(name)
        found.append(executions(cloud, name, wanted=len(statements) - 1))

    assert found[0] == []
    (started,) = found[1]
    assert started["ExecutedBy"].endswith(f":assumed-role/{name}-s/events")
    assert ended(cloud, started["AutomationExecutionId"])["AutomationExecutionStatus"] == "Success"


def test_what_is_not_imitated_or_not_there_is_refused(cloud: Any, document: Callable[..., str]) -> None:
    ssm = cloud.client("ssm")
    with pytest.raises(ClientError, match="no automation document nobody") as missing:
        ssm.start_automation_execution(DocumentName="nobody")
    with pytest.raises(ClientError, match="no automation execution"):
        ssm.get_automation_execution(AutomationExecutionId=str(uuid.uuid4()))
    with pytest.raises(ClientError, match="aws:executeScript"):
        ssm.start_automation_execution(DocumentName=document(mainSteps=[{"name": "x", "action": "aws:sleep"}]))

    assert missing.value.response["Error"]["Code"] == "AutomationDefinitionNotFoundException"


def executions(cloud: Any, name: str, wanted: int) -> list[dict[str, Any]]:
    """Executions of a document, as soon as there are so many, or after a moment in which there might have been."""
    deadline = time.monotonic() + (20 if wanted else 0.5)
    found: list[dict[str, Any]] = []
    while len(found) <= wanted - 1 or not wanted:
        found = cloud.client("ssm").describe_automation_executions(
            Filters=[{"Key": "DocumentNamePrefix", "Values": [name]}]
        )["AutomationExecutionMetadataList"]
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return found
