"""Functions that other services call, and what comes with layers."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

Make = Callable[..., str]
Log = Callable[[str], list[str]]


def arn(name: str) -> str:
    return f"arn:aws:lambda:eu-central-1:123456789012:function:{name}"


def wait_for(log: Log, group: str, text: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if text in log(group):
                return
        except Exception as error:  # noqa: BLE001 - the group does not exist before the first call
            assert "ResourceNotFoundException" in repr(error)
        time.sleep(0.1)
    raise AssertionError(f"{text!r} is not in {group}")


def test_a_topic_calls_a_function(cloud: Any, function: Make, log: Log) -> None:
    name = function("def handler(event, context): print('heard', event['Records'][0]['Sns']['Message'])\n")
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn(name))

    sns.publish(TopicArn=topic, Message="news")

    wait_for(log, f"/aws/lambda/{name}", "heard news")


def test_a_bucket_calls_a_function(cloud: Any, function: Make, log: Log) -> None:
    name = function("def handler(event, context): print(event['Records'][0]['s3']['object']['key'])\n")
    s3, bucket = cloud.client("s3"), f"bucket-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    configuration = {"LambdaFunctionArn": arn(name), "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )

    s3.put_object(Bucket=bucket, Key="some-key", Body=b"")

    wait_for(log, f"/aws/lambda/{name}", "some-key")


def test_a_layer_can_be_imported(cloud: Any, function: Make) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("python/from_layer.py", "VALUE = 42\n")
    client = cloud.client("lambda")
    layer = client.publish_layer_version(LayerName="shared", Content={"ZipFile": content.getvalue()})
    code = "import from_layer\ndef handler(event, context): return from_layer.VALUE\n"

    name = function(code, Layers=[layer["LayerVersionArn"]])

    assert json.load(client.invoke(FunctionName=name)["Payload"]) == 42


def test_tracing_and_powertools_find_what_they_expect(cloud: Any, function: Make) -> None:
    code = """
import json, os, socket
def handler(event, context):
    host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].split(":")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent = sock.sendto(b'{"format": "json", "version": 1}\\n{}', (host, int(port)))
    sock.close()
    return [sent, os.environ["_X_AMZN_TRACE_ID"].rsplit("Sampled=", 1)[-1]]
"""
    name = function(code, TracingConfig={"Mode": "Active"})

    sent, sampled = json.load(cloud.client("lambda").invoke(FunctionName=name)["Payload"])

    assert (sent > 0, sampled) == (True, "1")


def test_warm_calls_are_fast(cloud: Any, function: Make) -> None:
    name, client = function("def handler(event, context): return event\n"), cloud.client("lambda")
    client.invoke(FunctionName=name)
    times = []
    for _ in range(20):
        begun = time.monotonic()
        client.invoke(FunctionName=name)["Payload"].read()
        times.append(time.monotonic() - begun)

    assert sorted(times)[10] < 0.2, "a warm call takes milliseconds, a slow machine included"
