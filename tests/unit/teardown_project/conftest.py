"""AWS in memory, a CodeBuild that remembers, and a place where answers arrive."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from teardown_project import handler as entry

from tests.unit.clients import REGION, client

BUCKET = "ml-projects-state-111122223333-eu-west-1"
TABLE = "ml-projects-teardown-requests"
LOCKS = "sagemaker-projects-locks"
STATE = "projects/p-abc123/terraform.tfstate"
STARTED = datetime(2026, 11, 20, 11, 0, 0, tzinfo=UTC)


@dataclass
class Mailbox:
    """A presigned URL: what arrived there, and what it answers."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            status = box.statuses.pop(0) if box.statuses else 200
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if status == 200:
                box.bodies.append(json.loads(body))
                box.headers.append(dict(self.headers))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    box.url = f"http://127.0.0.1:{server.server_port}/answers?X-Amz-Signature=canary"
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class CodeBuild:
    """Remembers what was started; like AWS, one idempotency token starts one build."""

    started: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    status: str = "SUCCEEDED"
    phases: list[dict[str, Any]] = field(default_factory=list)

    def start_build(self, **request: Any) -> dict[str, Any]:
        if self.refusals:
            error = {"Code": self.refusals.pop(0), "Message": "refused by the test"}
            raise ClientError({"Error": error}, "StartBuild")
        build = self.started.setdefault(request["idempotencyToken"], {"id": f"teardown:{len(self.started) + 1}"})
        build |= {"request": request}
        return {"build": {"id": build["id"]}}

    def batch_get_builds(self, ids: list[str]) -> dict[str, Any]:
        builds = [
            {
                "id": build["id"],
                "buildStatus": self.status,
                "startTime": STARTED,
                "environment": {"environmentVariables": build["request"]["environmentVariablesOverride"]},
                "phases": self.phases,
                "logs": {"groupName": "/sagemaker-projects/teardown", "streamName": "one"},
            }
            for build in self.started.values()
            if build["id"] in ids
        ]
        return {"builds": builds}

    def variables(self) -> dict[str, str]:
        [build] = self.started.values()
        return {item["name"]: item["value"] for item in build["request"]["environmentVariablesOverride"]}


@dataclass
class CloudFormation:
    """Knows one stack, and in which status it is."""

    status: str = "DELETE_IN_PROGRESS"
    refusals: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        self.asked.append(StackName)
        if self.refusals:
            error = {"Code": self.refusals.pop(0), "Message": "refused by the test"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [{"StackId": StackName, "StackStatus": self.status}]}


STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/SC-1/2"


@dataclass
class World:
    """The function and what is around it."""

    mailbox: Mailbox
    codebuild: CodeBuild
    cloudformation: CloudFormation
    s3: Any
    dynamodb: Any
    context: Any

    def call(self, event: dict[str, Any]) -> str:
        return str(entry.handler(event, self.context)["outcome"])

    def request(self, kind: str = "Delete", **changes: Any) -> dict[str, Any]:
        encoded = {
            "SageMakerProjectId": "p-abc123",
            "GitRepoName": "my-team/churn",
            "GitRepoURL": "",
            "Stack": STACK,
        }
        event = {
            "RequestType": kind,
            "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:ml-projects-teardown",
            "ResponseURL": self.mailbox.url,
            "StackId": STACK,
            "RequestId": "request-1",
            "LogicalResourceId": "Teardown",
            "ResourceType": "Custom::ProjectTeardown",
            "ResourceProperties": {
                "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:ml-projects-teardown",
                "ServiceTimeout": "3600",
                "ProjectId": "p-abc123",
                "RunnerSha256": "a" * 64,
                "SettingsSha256": "b" * 64,
                "Parameters": {name: base64.b64encode(value.encode()).decode() for name, value in encoded.items()},
            },
        }
        if kind != "Create":
            event["PhysicalResourceId"] = "teardown-p-abc123"
        return event | changes

    def ended(self, build: str = "teardown:1", status: str = "SUCCEEDED") -> dict[str, Any]:
        return {
            "source": "aws.codebuild",
            "detail-type": "CodeBuild Build State Change",
            "detail": {
                "project-name": "ml-projects-teardown",
                "build-id": f"arn:aws:codebuild:eu-west-1:111122223333:build/{build}",
                "build-status": status,
            },
        }

    def record(
        self, stamp: str, action: str, reason: str | None, *, project: str = "p-abc123", **more: Any
    ) -> None:
        log = {"group": "/sagemaker-projects/runner", "stream": f"p-abc123/{action}"}
        body = {"reason": reason, "log": log, **more}
        self.s3.put_object(
            Bucket=BUCKET, Key=f"projects/{project}/runs/{stamp}-{action}.json", Body=json.dumps(body).encode()
        )


@pytest.fixture
def world(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("TEARDOWN_BUILD_PROJECT", "ml-projects-teardown")
    monkeypatch.setenv("TEARDOWN_REQUESTS_TABLE", TABLE)
    monkeypatch.setenv("TEARDOWN_STATE_BUCKET", BUCKET)
    monkeypatch.setenv("TEARDOWN_LOCK_TABLE", LOCKS)
    monkeypatch.setenv("TEARDOWN_ANSWER_HOSTS", "s3.eu-west-1.amazonaws.com,s3-eu-west-1.amazonaws.com")
    with mock_aws():
        s3, dynamodb = client("s3"), client("dynamodb")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "request", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "request", "AttributeType": "S"}],
        )
        dynamodb.create_table(
            TableName=LOCKS,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        )
        s3.put_object(Bucket=BUCKET, Key=STATE, Body=b"{}")
        codebuild, cloudformation = CodeBuild(), CloudFormation()
        clients = {"s3": s3, "dynamodb": dynamodb, "codebuild": codebuild, "cloudformation": cloudformation}
        # As the local cloud sets it: the mailbox plays its S3.
        monkeypatch.setenv("AWS_ENDPOINT_URL", mailbox.url.partition("/answers")[0])
        monkeypatch.setattr(entry, "_client", clients.__getitem__)
        context = SimpleNamespace(
            function_name="ml-projects-teardown",
            memory_limit_in_mb=256,
            invoked_function_arn="arn:aws:lambda:eu-west-1:111122223333:function:ml-projects-teardown",
            aws_request_id="1",
            get_remaining_time_in_millis=lambda: 60_000,
        )
        yield World(mailbox, codebuild, cloudformation, s3, dynamodb, context)
