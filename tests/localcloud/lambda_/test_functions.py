"""Functions are described, changed and refused as Lambda does."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Make = Callable[..., str]


def test_a_configuration_reads_back_as_it_was_given(cloud: Any, function: Make) -> None:
    client = cloud.client("lambda")
    name = function(
        "def handler(event, context): pass\n",
        Architectures=["arm64"],
        TracingConfig={"Mode": "Active"},
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"},
        EphemeralStorage={"Size": 1024},
        Environment={"Variables": {"AA": "b"}},
    )

    found = client.get_function(FunctionName=name)["Configuration"]

    assert found["Architectures"] == ["arm64"]
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "INFO",
        "LogGroup": f"/aws/lambda/{name}",
    }
    assert found["EphemeralStorage"] == {"Size": 1024}
    assert (found["State"], found["LastUpdateStatus"], found["Version"]) == ("Active", "Successful", "$LATEST")


def test_everything_can_be_changed_and_published(cloud: Any, function: Make) -> None:
    client = cloud.client("lambda")
    name = function("def handler(event, context): return 1\n")
    first = client.publish_version(FunctionName=name)

    client.update_function_configuration(
        FunctionName=name, TracingConfig={"Mode": "Active"}, LoggingConfig={"LogFormat": "JSON"}, Timeout=7
    )
    second = client.publish_version(FunctionName=name)

    assert (first["Version"], second["Version"]) == ("1", "2")
    assert first["FunctionArn"].endswith(f"{name}:1")
    found = client.get_function_configuration(FunctionName=name, Qualifier="2")
    assert (found["TracingConfig"]["Mode"], found["LoggingConfig"]["LogFormat"], found["Timeout"]) == (
        "Active",
        "JSON",
        7,
    )
    old = json.load(client.invoke(FunctionName=name, Qualifier="1")["Payload"])
    assert old == 1
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [item["Version"] for item in versions] == ["$LATEST", "1", "2"]


def refusal(cloud: Any, **changes: Any) -> tuple[str, str]:
    client = cloud.client("lambda")
    settings = {
        "FunctionName": f"function-{uuid.uuid4().hex[:8]}",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        **changes,
    }
    with pytest.raises(ClientError) as raised:
        client.create_function(**settings)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_cannot_run_is_refused(cloud: Any, role: str) -> None:
    code = {"ZipFile": b"no zip"}
    assert refusal(cloud, Role=role, Runtime="nodejs22.x", Code=code)[1].startswith("The local cloud runs Python")
    assert "unzip" in refusal(cloud, Role=role, Code=code)[1]
    missing = {"S3Bucket": "nowhere", "S3Key": "nothing"}
    assert "S3 Error Code: NoSuchBucket" in refusal(cloud, Role=role, Code=missing)[1]
    environment = {"Variables": {"AWS_REGION": "x"}}
    assert "AWS_REGION" in refusal(cloud, Role=role, Code=code, Environment=environment)[1]
    large = {"Variables": {"AA": "x" * 5000}}
    assert "4KB limit" in refusal(cloud, Role=role, Code=code, Environment=large)[1]


def test_a_role_has_to_trust_lambda(cloud: Any) -> None:
    studio = cloud.internal.studio_execution_role_arn

    code, message = refusal(cloud, Role=studio, Code={"ZipFile": b"zip"})

    assert code == "InvalidParameterValueException"
    assert message == "The role defined for the function cannot be assumed by Lambda."


def test_reading_the_archive_is_recorded_in_the_callers_name(
    cloud: Any, role: str, zipped: Callable[..., bytes]
) -> None:
    bucket = f"code-{uuid.uuid4().hex[:8]}"
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=bucket, Key="app.zip", Body=zipped(app="def handler(event, context): return 5\n"))
    name = f"function-{uuid.uuid4().hex[:8]}"
    client = cloud.client("lambda")

    client.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"S3Bucket": bucket, "S3Key": "app.zip"},
    )

    assert json.load(client.invoke(FunctionName=name)["Payload"]) == 5
    calls = cloud.internal.call_log.read()
    assert any(call["operation"] == "GetObject" and call["parameters"].get("Bucket") == bucket for call in calls)
