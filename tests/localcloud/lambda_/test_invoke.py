"""Functions run, with what Lambda gives them."""

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

Make = Callable[..., str]
Log = Callable[[str], list[str]]


def test_a_function_gets_its_event_and_answers(cloud: Any, function: Make, log: Log) -> None:
    name = function("def handler(event, context):\n    print('working')\n    return {'hello': event['who']}\n")

    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"who": "you"}), LogType="Tail")

    assert answer["StatusCode"] == 200
    assert json.load(answer["Payload"]) == {"hello": "you"}
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "working" in tail
    lines = log(f"/aws/lambda/{name}")
    assert [line.split()[0] for line in lines] == ["INIT_START", "START", "working", "END", "REPORT"]
    assert "Init Duration" in lines[-1]


def test_lines_of_the_log_have_the_time_at_which_they_were_said(cloud: Any, function: Make) -> None:
    """Not that of the invocation's end; so that the lines of two invocations at once are in order."""
    code = (
        "import time\ndef handler(event, context):\n    print('first')\n    time.sleep(0.5)\n    print('second')\n"
    )
    name = function(code)

    cloud.client("lambda").invoke(FunctionName=name)

    events = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    said = {event["message"]: event["timestamp"] for event in events}
    assert said["second"] - said["first"] >= 450  # milliseconds


def test_the_environment_is_lambdas(cloud: Any, function: Make, role: str) -> None:
    code = """
import json, os, sys, boto3
def handler(event, context):
    identity = boto3.client("sts").get_caller_identity()["Arn"]
    return {"env": dict(os.environ), "identity": identity, "path": sys.path, "cwd": os.getcwd(),
            "name": context.function_name, "left": context.get_remaining_time_in_millis(),
            "arn": context.invoked_function_arn, "stream": context.log_stream_name}
"""
    name = function(code, Environment={"Variables": {"COLOUR": "green"}}, MemorySize=256)

    found = json.load(cloud.client("lambda").invoke(FunctionName=name)["Payload"])

    environment = found["env"]
    assert environment["COLOUR"] == "green"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == found["name"] == name
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["LAMBDA_TASK_ROOT"] == found["cwd"]
    assert environment["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert found["identity"].endswith(f":assumed-role/{role.rsplit('/', 1)[-1]}/{name}")
    assert 10_000 < found["left"] <= 20_000
    assert found["arn"].endswith(f":function:{name}")
    assert "[$LATEST]" in found["stream"]


def test_only_the_archive_and_the_runtimes_packages_can_be_imported(cloud: Any, function: Make) -> None:
    name = function("import boto3, awslambdaric\nimport moto\ndef handler(event, context): pass\n")

    answer = cloud.client("lambda").invoke(FunctionName=name)

    assert answer["FunctionError"] == "Unhandled"
    error = json.load(answer["Payload"])
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'moto'" in error["errorMessage"]


def test_an_exception_is_an_unhandled_error_with_its_trace(cloud: Any, function: Make, log: Log) -> None:
    name = function("def handler(event, context):\n    raise ValueError('no such colour')\n")

    answer = cloud.client("lambda").invoke(FunctionName=name)

    assert answer["FunctionError"] == "Unhandled"
    error = json.load(answer["Payload"])
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such colour")
    assert "raise ValueError" in "".join(error["stackTrace"])
    assert any(
        line.startswith("[ERROR] ValueError: no such colour\nTraceback") for line in log(f"/aws/lambda/{name}")
    )


def test_a_function_that_takes_too_long_is_ended(cloud: Any, function: Make, log: Log) -> None:
    name = function("import time\ndef handler(event, context):\n    time.sleep(30)\n", Timeout=1)

    begun = time.monotonic()
    answer = cloud.client("lambda").invoke(FunctionName=name)

    assert time.monotonic() - begun < 10
    assert answer["FunctionError"] == "Unhandled"
    error = json.load(answer["Payload"])
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert any("Task timed out after 1.00 seconds" in line for line in log(f"/aws/lambda/{name}"))
    assert "Status: timeout" in log(f"/aws/lambda/{name}")[-1]


def test_a_process_that_ends_is_an_error_and_the_next_call_gets_a_new_one(cloud: Any, function: Make) -> None:
    name = function(
        "import os\ndef handler(event, context):\n    return os._exit(3) if event.get('die') else 'fine'\n"
    )
    client = cloud.client("lambda")

    error = json.load(client.invoke(FunctionName=name, Payload=b'{"die": true}')["Payload"])

    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert json.load(client.invoke(FunctionName=name)["Payload"]) == "fine"


def test_an_environment_stays_warm_until_the_function_changes(cloud: Any, function: Make) -> None:
    code = """
import os
count = 0
def handler(event, context):
    global count
    count += 1
    return [count, os.environ.get('AA')]
"""
    name, client = function(code), cloud.client("lambda")

    def call() -> Any:
        return json.load(client.invoke(FunctionName=name)["Payload"])

    assert [call(), call()] == [[1, None], [2, None]]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"AA": "b"}})
    assert call() == [1, "b"]


def test_events_in_flight_have_environments_of_their_own(cloud: Any, function: Make) -> None:
    name = function("import os, time\ndef handler(event, context):\n    time.sleep(0.5)\n    return os.getpid()\n")
    client = cloud.client("lambda")

    with ThreadPoolExecutor(3) as threads:
        pids = list(threads.map(lambda _: client.invoke(FunctionName=name)["Payload"].read(), range(3)))

    assert len(set(pids)) == 3


def test_reserved_concurrency_throttles(cloud: Any, function: Make) -> None:
    name, client = function("def handler(event, context): pass\n"), cloud.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName=name)


def test_an_event_is_tried_again_and_its_failure_delivered(cloud: Any, function: Make) -> None:
    sqs = cloud.client("sqs")
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name, client = function("def handler(event, context): raise RuntimeError('again')\n"), cloud.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}}
    )

    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')

    assert answer["StatusCode"] == 202
    messages: list[Any] = []
    deadline = time.monotonic() + 20
    while not messages and time.monotonic() < deadline:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    record = json.loads(messages[0]["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"]["errorMessage"] == "again"


def test_a_dry_run_runs_nothing(cloud: Any, function: Make) -> None:
    name = function("def handler(event, context): raise RuntimeError\n")

    assert cloud.client("lambda").invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204


def test_payloads_have_limits(cloud: Any, function: Make) -> None:
    name, client = function("def handler(event, context): return 'x' * event['size']\n"), cloud.client("lambda")

    with pytest.raises(client.exceptions.RequestTooLargeException):
        client.invoke(FunctionName=name, Payload=json.dumps("x" * 6_300_000))
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName=name, Payload=b"{no json")
    error = json.load(client.invoke(FunctionName=name, Payload=b'{"size": 6300000}')["Payload"])
    assert error["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_missing_function_is_not_found(cloud: Any) -> None:
    client = cloud.client("lambda")

    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="nobody")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function(FunctionName="nobody")


def test_json_logs_are_json_and_go_where_the_function_says(cloud: Any, function: Make, log: Log) -> None:
    code = "import logging\ndef handler(event, context):\n    logging.getLogger().warning('careful')\n"
    name = function(code, LoggingConfig={"LogFormat": "JSON", "LogGroup": "/own/group"})

    cloud.client("lambda").invoke(FunctionName=name)

    records = [json.loads(line) for line in log("/own/group")]
    assert [record.get("type") for record in records] == [
        "platform.initStart",
        "platform.start",
        None,
        "platform.report",
    ]
    assert records[2]["message"] == "careful"


def test_a_role_without_permission_to_log_leaves_no_log(cloud: Any, function: Make, role: str) -> None:
    cloud.client("iam").delete_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyName="logs")
    name = function("def handler(event, context): print('unheard')\n")

    assert cloud.client("lambda").invoke(FunctionName=name)["StatusCode"] == 200
    assert not cloud.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]


def test_the_cli_invokes_too(cloud: Any, function: Make, tmp_path: Any) -> None:
    name = function("def handler(event, context): return event\n")
    output = tmp_path / "out.json"

    answer = cloud.aws("lambda", "invoke", "--function-name", name, "--payload", '{"a":1}', str(output))

    assert answer["StatusCode"] == 200
    assert json.loads(output.read_text()) == {"a": 1}
