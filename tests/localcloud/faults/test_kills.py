"""Runners, builds and functions that die at a chosen point."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import yaml

COUNTING = """
import json, os, time

def handler(event, context):
    print("work", event.get("word"))
    time.sleep(float(event.get("sleep", 0)))
    print("done", event.get("word"))
    return {"word": event.get("word")}
"""


def role(cloud: Any, service: str) -> str:
    iam, name = cloud.client("iam"), f"kills-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return arn


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def profile(cloud: Any) -> str:
    arn = role(cloud, "ec2.amazonaws.com")
    iam, name = cloud.client("iam"), arn.rsplit("/", 1)[-1]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return name


@pytest.fixture
def run(cloud: Any, profile: str) -> Callable[[str], dict[str, Any]]:
    """Runs a command on an instance whose stack would wait an hour; the settled stack."""
    client = cloud.client("cloudformation")

    def make(command: str) -> dict[str, Any]:
        properties = {"Command": command, "Role": profile, "Timeout": 3600}
        resource = {"Type": "AWSUtility::CloudFormation::CommandRunner", "Properties": properties}
        stack_id = client.create_stack(
            StackName=f"kill-{uuid.uuid4().hex[:8]}", TemplateBody=yaml.safe_dump({"Resources": {"Run": resource}})
        )["StackId"]

        def ended() -> Any:
            stack = client.describe_stacks(StackName=stack_id)["Stacks"][0]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

        found: dict[str, Any] = until(ended)
        return found

    return make


@pytest.fixture
def function(cloud: Any) -> str:
    code, name = io.BytesIO(), f"kills-{uuid.uuid4().hex[:8]}"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", COUNTING)
    cloud.client("lambda").create_function(
        FunctionName=name,
        Role=role(cloud, "lambda.amazonaws.com"),
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=60,
    )
    return name


def said(cloud: Any, function: str) -> list[str]:
    logs, group = cloud.client("logs"), f"/aws/lambda/{function}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return [item["message"].strip() for item in logs.filter_log_events(logGroupName=group)["events"]]


@pytest.mark.parametrize("how", ["kill", "terminate", "power-off"])
def test_a_runner_dies_at_a_line(control: Any, run: Any, cloud: Any, tmp_path: Any, how: str) -> None:
    control.add({"on": "output", "child": "instance", "matches": "^Apply complete", "skip": 1, "how": how})

    # The kill has a minute to arrive, because a busy machine may need more than a moment between line and signal.
    lines = f"echo Apply complete 1; touch {tmp_path}/1; echo Apply complete 2; sleep 60; touch {tmp_path}/2"
    stack = run(f"{lines}; echo ok > /command-output.txt")

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert (tmp_path / "1").exists()
    assert not (tmp_path / "2").exists()
    assert control.hits() == 1
    assert control.waits() == []


def test_a_held_call_of_the_dead_is_not_carried_out(control: Any, run: Any, cloud: Any, profile: str) -> None:
    """Held for as long as the second call needs to end the instance that made both."""
    name = f"/kills/{uuid.uuid4().hex[:8]}"
    put = {"on": "call", "service": "ssm", "operation": "PutParameter", "principal": profile}
    control.add({**put, "kind": "delay", "seconds": 3, "name": "held"})
    control.add({"on": "output", "child": "instance", "matches": "^now", "how": "power-off"})

    stack = run(
        f"aws ssm put-parameter --name {name} --value x --type String & sleep 1; echo now; sleep 60; "
        "echo ok > /command-output.txt"
    )

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert control.hits("held") == 1
    until(lambda: [call for call in cloud.internal.call_log.read() if call["fault"] == "held"])
    assert cloud.client("ssm").get_parameters(Names=[name])["Parameters"] == []


@pytest.mark.parametrize(("when", "written"), [("before", False), ("after", True)])
def test_a_runner_dies_at_a_call(  # noqa: PLR0917 - pytest's cases
    control: Any, run: Any, cloud: Any, profile: str, when: str, written: bool
) -> None:
    name = f"/kills/{uuid.uuid4().hex[:8]}"
    control.add(
        {
            "on": "call", "kind": "kill", "service": "ssm", "operation": "PutParameter", "principal": profile,
            "child": "instance", "when": when,
        }
    )  # fmt: skip

    stack = run(
        f"aws ssm put-parameter --name {name} --value x --type String; echo went on; echo ok > /command-output.txt"
    )

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    found = cloud.client("ssm").get_parameters(Names=[name])["Parameters"]
    assert bool(found) == written
    assert control.hits() == 1


def test_a_stack_can_be_left_waiting(control: Any, run: Any, cloud: Any) -> None:
    control.add({"on": "output", "matches": "now", "how": "kill", "expire": False})
    client = cloud.internal
    client.spawn(
        "expire",
        lambda: until(lambda: control.waits() and time.sleep(2) is None and control.expire(kind="signal")),
    )

    assert run("echo now; sleep 60")["StackStatus"] == "ROLLBACK_COMPLETE"


def build(cloud: Any, *commands: str) -> dict[str, Any]:
    client, name = cloud.client("codebuild"), f"kills-{uuid.uuid4().hex[:8]}"
    spec = {
        "version": 0.2,
        "phases": {"build": {"commands": list(commands)}, "post_build": {"commands": ["echo post"]}},
    }
    client.create_project(
        name=name,
        source={"type": "NO_SOURCE", "buildspec": yaml.safe_dump(spec)},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=role(cloud, "codebuild.amazonaws.com"),
    )
    build_id = client.start_build(projectName=name)["build"]["id"]

    def ended() -> Any:
        found = client.batch_get_builds(ids=[build_id])["builds"][0]
        return found if found["buildComplete"] else None

    found: dict[str, Any] = until(ended)
    return found


@pytest.mark.parametrize(("how", "status", "post"), [("kill", "FAILED", True), ("terminate", "FAULT", False)])
def test_a_build_dies_at_a_line(control: Any, cloud: Any, how: str, status: str, post: bool) -> None:
    control.add({"on": "output", "child": "build", "matches": "Destroy complete", "how": how})

    found = build(cloud, "echo Destroy complete; sleep 30", "echo never")

    assert found["buildStatus"] == status
    phases = [phase["phaseType"] for phase in found["phases"]]
    assert ("POST_BUILD" in phases) == post


def test_a_build_dies_at_a_call(control: Any, cloud: Any) -> None:
    control.add({"on": "call", "kind": "kill", "service": "sts", "principal": "AWSCodeBuild-*", "child": "build"})
    assert build(cloud, "aws sts get-caller-identity")["buildStatus"] == "FAILED"


def test_a_function_runs_out_of_time_at_once(control: Any, cloud: Any, function: str) -> None:
    control.add({"on": "invocation", "function": function, "kind": "timeout", "payload": {"word": "b*"}})
    client = cloud.client("lambda")

    good = client.invoke(FunctionName=function, Payload=b'{"word": "a"}')
    begun = time.monotonic()
    late = client.invoke(FunctionName=function, Payload=b'{"word": "b", "sleep": 5}')

    assert "FunctionError" not in good
    assert late["FunctionError"] == "Unhandled"
    assert "Task timed out after 60.00 seconds" in json.load(late["Payload"])["errorMessage"]
    assert time.monotonic() - begun < 5
    assert "done b" not in said(cloud, function)


def test_a_function_that_dies_at_once_has_not_heard_of_the_event(control: Any, cloud: Any, function: str) -> None:
    control.add({"on": "invocation", "function": function, "kind": "kill"})

    dead = cloud.client("lambda").invoke(FunctionName=function, Payload=b'{"word": "unheard"}')

    assert "signal: 9" in json.load(dead["Payload"])["errorMessage"]
    assert "unheard" not in said(cloud, function)


def test_a_function_whose_work_is_done_runs_out_of_time(control: Any, cloud: Any, function: str) -> None:
    control.add({"on": "invocation", "function": function, "kind": "timeout", "when": "after"})

    late = cloud.client("lambda").invoke(FunctionName=function, Payload=b'{"word": "c"}')

    assert "Task timed out" in json.load(late["Payload"])["errorMessage"]
    assert "done c" in said(cloud, function)


def test_a_functions_process_dies(control: Any, cloud: Any, function: str) -> None:
    control.add({"on": "invocation", "function": function, "kind": "kill", "seconds": 0.5})

    dead = cloud.client("lambda").invoke(FunctionName=function, Payload=b'{"word": "d", "sleep": 20}')

    assert "signal: 9" in json.load(dead["Payload"])["errorMessage"]
    again = cloud.client("lambda").invoke(FunctionName=function, Payload=b'{"word": "e"}')
    assert json.load(again["Payload"]) == {"word": "e"}


def test_an_event_is_delivered_twice(control: Any, cloud: Any, function: str) -> None:
    control.add({"on": "invocation", "function": function, "kind": "duplicate"})

    cloud.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b'{"word": "f"}')

    until(lambda: said(cloud, function).count("done f") == 2)
    assert control.hits() == 1


def test_a_custom_resources_request_is_delivered_twice(control: Any, cloud: Any, function: str) -> None:
    control.add(
        {"on": "invocation", "function": function, "kind": "duplicate", "payload": {"RequestType": "Create"}}
    )
    client = cloud.client("cloudformation")
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{function}"
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn}}
    stack_id = client.create_stack(
        StackName=f"twice-{uuid.uuid4().hex[:8]}", TemplateBody=yaml.safe_dump({"Resources": {"Thing": thing}})
    )["StackId"]

    until(lambda: said(cloud, function).count("done None") == 2)

    # This function never answers: the stack is told that its hour has passed, for Create and for Delete.
    until(control.waits)
    assert [item["kind"] for item in control.expire(subject="Thing")] == ["answer"]
    until(control.waits)
    control.expire(subject="Thing")

    def status() -> str:
        return str(client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])

    until(lambda: status() == "ROLLBACK_FAILED")
