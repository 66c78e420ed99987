"""Rules reach functions, topics, builds and pipelines."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

SPEC = "version: 0.2\nphases: {build: {commands: ['true']}}\n"


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def role(cloud: Any) -> Callable[[str], str]:
    def make(service: str) -> str:
        iam, name = cloud.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
        return arn

    return make


@pytest.fixture
def rule(cloud: Any) -> Callable[..., str]:
    """Makes a rule for one source with one target; the source."""

    def make(arn: str, state: str = "ENABLED", **target: Any) -> str:
        source = f"test.{uuid.uuid4().hex[:8]}"
        events = cloud.client("events")
        events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}), State=state)
        failed = events.put_targets(Rule=source, Targets=[{"Id": "one", "Arn": arn, **target}])["FailedEntryCount"]
        assert failed == 0
        return source

    return make


@pytest.fixture
def send(cloud: Any) -> Callable[[str], None]:
    def put(source: str) -> None:
        entry = {"Source": source, "DetailType": "Test", "Detail": '{"colour": "red"}', "Resources": ["arn:x"]}
        assert cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0

    return put


@pytest.fixture
def queue(cloud: Any) -> tuple[str, Callable[[], Any]]:
    """A topic, and a function that reads what was published to it."""
    name = f"queue-{uuid.uuid4().hex[:8]}"
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)

    def read() -> Any:
        messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
        return messages[0]["Body"] if messages else None

    return topic, read


def test_a_topic_gets_the_event(rule: Any, send: Any, queue: Any) -> None:
    topic, read = queue

    send(rule(topic))

    event = json.loads(until(read))
    assert (event["detail-type"], event["detail"], event["resources"]) == ("Test", {"colour": "red"}, ["arn:x"])
    assert event["time"].endswith("Z")


def test_an_input_transformer_makes_the_text(rule: Any, send: Any, queue: Any) -> None:
    topic, read = queue
    transformer = {
        "InputPathsMap": {"colour": "$.detail.colour"},
        "InputTemplate": '{"it is": "<colour>", "whole": <aws.events.event.json>}',
    }

    send(rule(topic, InputTransformer=transformer))

    text = json.loads(until(read))
    assert text["it is"] == "red"
    assert text["whole"]["detail"] == {"colour": "red"}


def test_a_disabled_rule_does_nothing(rule: Any, send: Any, queue: Any) -> None:
    topic, read = queue

    send(rule(topic, state="DISABLED"))

    time.sleep(0.5)
    assert read() is None


def test_a_function_runs_when_it_lets_eventbridge(cloud: Any, rule: Any, send: Any, role: Any) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): print('got', event['detail']['colour'])\n")
    client, name = cloud.client("lambda"), f"target-{uuid.uuid4().hex[:8]}"
    arn = client.create_function(
        FunctionName=name,
        Role=role("lambda.amazonaws.com"),
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    source = rule(arn)
    send(source)
    time.sleep(0.5)
    logs, group = cloud.client("logs"), f"/aws/lambda/{name}"
    assert not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    client.add_permission(
        FunctionName=name, StatementId="events", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )

    send(source)

    until(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"])
    until(lambda: "got red" in [item["message"] for item in logs.filter_log_events(logGroupName=group)["events"]])


def test_a_build_and_a_pipeline_start_with_the_targets_role(cloud: Any, rule: Any, send: Any, role: Any) -> None:
    builds, name = cloud.client("codebuild"), f"target-{uuid.uuid4().hex[:8]}"
    arn = builds.create_project(
        name=name,
        source={"type": "NO_SOURCE", "buildspec": SPEC},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=role("codebuild.amazonaws.com"),
    )["project"]["arn"]

    send(rule(arn, RoleArn=role("events.amazonaws.com")))

    until(lambda: builds.list_builds_for_project(projectName=name)["ids"])
    pipelines = cloud.client("codepipeline")
    source = {
        "name": "Source",
        "actionTypeId": {
            "category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1",
        },
        "configuration": {
            "ConnectionArn": cloud.internal.default_connection_arn,
            "FullRepositoryId": "example-org/nowhere",
            "BranchName": "main",
        },
        "outputArtifacts": [{"name": "source"}],
    }  # fmt: skip
    approval = {
        "name": "Approve",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    }
    pipelines.create_pipeline(
        pipeline={
            "name": name,
            "roleArn": role("codepipeline.amazonaws.com"),
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": "nowhere"},
            "stages": [{"name": "Source", "actions": [source]}, {"name": "Gate", "actions": [approval]}],
        }
    )

    target_role = role("events.amazonaws.com")
    source_of_rule = rule(f"arn:aws:codepipeline:eu-central-1:123456789012:{name}", RoleArn=target_role)
    send(source_of_rule)

    found = until(
        lambda: [
            item
            for item in pipelines.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
            if item["trigger"]["triggerType"] == "CloudWatchEvent"
        ]
    )
    rule_arn = f"arn:aws:events:eu-central-1:123456789012:rule/{source_of_rule}"
    assert found[0]["trigger"]["triggerDetail"] == rule_arn
    calls = cloud.internal.call_log.read()
    assert [call["operation"] for call in calls if call["role_arn"] == target_role] == ["StartPipelineExecution"]


def test_pipelines_tell_the_bus_how_they_fare(cloud: Any, queue: Any, role: Any) -> None:
    topic, read = queue
    events, name = cloud.client("events"), f"told-{uuid.uuid4().hex[:8]}"
    pattern = {
        "source": ["aws.codebuild"],
        "detail-type": ["CodeBuild Build State Change"],
        "detail": {"project-name": [name], "build-status": ["SUCCEEDED"]},
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": topic}])
    builds = cloud.client("codebuild")
    builds.create_project(
        name=name,
        source={"type": "NO_SOURCE", "buildspec": SPEC},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=role("codebuild.amazonaws.com"),
    )

    build_id = builds.start_build(projectName=name)["build"]["id"]

    event = json.loads(until(read))
    assert event["detail"]["build-id"].endswith(build_id)


def test_nobody_speaks_in_awss_name(cloud: Any) -> None:
    entry = {"Source": "aws.sagemaker", "DetailType": "Forged", "Detail": "{}"}

    answer = cloud.client("events").put_events(Entries=[entry])

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
