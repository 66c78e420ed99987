"""Topics and queues that let rules in or not, schedules that run when told to, and what patterns match."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.faults.client import ControlError, FaultClient


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def allow(action: str, resource: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": action,
        "Resource": resource,
    }
    return statement | ({"Condition": condition} if condition else {})


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Mail:
    """A topic whose messages arrive in a queue."""

    def __init__(self, cloud: Any) -> None:
        name = f"mail-{uuid.uuid4().hex[:8]}"
        self.name = name
        self.sns, self.sqs, self.events = cloud.client("sns"), cloud.client("sqs"), cloud.client("events")
        self.topic = self.sns.create_topic(Name=name)["TopicArn"]
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.queue = found["Attributes"]["QueueArn"]
        self.sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=self.queue, Attributes={"RawMessageDelivery": "true"}
        )

    def let(self, *statements: dict[str, Any]) -> None:
        self.sns.set_topic_attributes(
            TopicArn=self.topic, AttributeName="Policy", AttributeValue=policy(*statements)
        )

    def rule(self, target: str | None = None, **options: Any) -> str:
        chosen = options or {"EventPattern": json.dumps({"source": [self.name]})}
        arn = self.events.put_rule(Name=self.name, **chosen)["RuleArn"]
        self.events.put_targets(Rule=self.name, Targets=[{"Id": "one", "Arn": target or self.topic}])
        return str(arn)

    def send(self, detail: dict[str, Any] | None = None) -> None:
        entry = {"Source": self.name, "DetailType": "Test", "Detail": json.dumps(detail or {})}
        assert self.events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def received(self) -> list[dict[str, Any]]:
        found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(item["Body"]) for item in found]

    def nothing(self) -> bool:
        time.sleep(0.5)
        return self.received() == []


@pytest.fixture
def mail(cloud: Any) -> Mail:
    return Mail(cloud)


@pytest.fixture
def control(cloud: Any) -> Iterator[FaultClient]:
    client = FaultClient(cloud.endpoint)
    yield client
    client.clear()


def test_a_topic_has_to_let_eventbridge_publish(mail: Mail) -> None:
    rule = mail.rule()
    mail.send()
    assert mail.nothing(), "the default policy is for the account's own principals"

    mail.let(allow("sns:Publish", mail.topic, ArnEquals={"aws:SourceArn": f"{rule}-other"}))
    mail.send()
    assert mail.nothing()

    mail.let(allow("sns:Publish", mail.topic, ArnEquals={"aws:SourceArn": rule}))
    mail.send({"n": 1})
    assert until(mail.received)[0]["detail"] == {"n": 1}

    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": mail.topic,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    mail.let(allow("sns:Publish", mail.topic, StringEquals={"aws:SourceAccount": "123456789012"}), tls_only)
    mail.send({"n": 2})
    assert until(mail.received)[0]["detail"] == {"n": 2}


def test_the_key_of_an_encrypted_topic_has_to_let_eventbridge_use_it(mail: Mail, cloud: Any) -> None:
    mail.rule()
    mail.let(allow("sns:Publish", mail.topic))

    def encrypt(key: str) -> None:
        mail.sns.set_topic_attributes(TopicArn=mail.topic, AttributeName="KmsMasterKeyId", AttributeValue=key)

    encrypt("alias/aws/sns")
    mail.send()
    assert mail.nothing()

    key = cloud.client("kms").create_key(Policy=policy(allow("kms:Decrypt", "*")))["KeyMetadata"]["Arn"]
    encrypt(key)
    mail.send()
    assert mail.nothing()

    both = allow("kms:Decrypt", "*") | {"Action": ["kms:Decrypt", "kms:GenerateDataKey*"]}
    cloud.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy(both))
    mail.send()
    until(mail.received)


def test_a_queue_has_to_let_eventbridge_send(mail: Mail) -> None:
    mail.rule(mail.queue)
    mail.send()
    assert mail.nothing()

    mail.sqs.set_queue_attributes(
        QueueUrl=mail.url, Attributes={"Policy": policy(allow("sqs:SendMessage", mail.queue))}
    )
    mail.send({"n": 3})
    assert until(mail.received)[0]["detail"] == {"n": 3}


def test_a_web_address_hears_of_it(mail: Mail) -> None:
    heard: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        mail.let(allow("sns:Publish", mail.topic))
        mail.sns.subscribe(
            TopicArn=mail.topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_address[1]}/"
        )
        mail.rule()
        mail.send({"n": 4})
        until(lambda: any(b'"n\\": 4' in body or b'"n\\":4' in body for body in heard))
    finally:
        server.shutdown()
        server.server_close()


def test_a_schedule_runs_when_told_to(mail: Mail, control: FaultClient) -> None:
    arn = mail.rule(ScheduleExpression="rate(1 day)")
    mail.let(allow("sns:Publish", mail.topic))
    mail.send()
    assert mail.nothing(), "a schedule hears no events"

    sent = control.fire(mail.name, time="2026-11-20T06:00:00Z")

    (event,) = until(mail.received)
    assert event == sent
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert (event["resources"], event["time"], event["detail"]) == ([arn], "2026-11-20T06:00:00Z", {})
    listed = [item for item in control.schedules() if item["rule"] == mail.name]
    assert listed[0]["expression"] == "rate(1 day)"
    mail.events.disable_rule(Name=mail.name)
    with pytest.raises(ControlError, match="409"):
        control.fire(mail.name)
    with pytest.raises(ControlError, match="404"):
        control.fire("no-such-rule")


@pytest.mark.parametrize(
    ("expression", "valid"),
    [
        ("rate(1 day)", True),
        ("rate(12 hours)", True),
        ("rate(1 days)", False),
        ("rate(2 hour)", False),
        ("rate(0 days)", False),
        ("rate(1 week)", False),
        ("cron(0 6 * * ? *)", True),
        ("cron(15 10 ? * 6L 2026-2030)", True),
        ("cron(0/15 8-17 ? * MON-FRI *)", True),
        ("cron(0 6 * * * *)", False),
        ("cron(0 6 ? * ? *)", False),
        ("cron(0 25 * * ? *)", False),
        ("cron(0 6 * * ?)", False),
        ("every day", False),
    ],
)
def test_schedules_are_eventbridges(cloud: Any, expression: str, valid: bool) -> None:
    events = cloud.client("events")
    if valid:
        events.put_rule(Name="schedule-check", ScheduleExpression=expression)
        events.delete_rule(Name="schedule-check")
        return
    with pytest.raises(ClientError, match="ScheduleExpression is not valid") as refused:
        events.put_rule(Name="schedule-check", ScheduleExpression=expression)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("pattern", "detail", "matches"),
    [
        ({"outcome": ["failed"]}, {"outcome": "failed"}, True),
        ({"outcome": ["failed"]}, {"outcome": "succeeded"}, False),
        ({"action": ["plan"], "changes": [True]}, {"action": "plan", "changes": True}, True),
        ({"action": ["plan"], "changes": [True]}, {"action": "plan", "changes": None}, False),
        ({"action": ["plan"], "changes": [True]}, {"action": "plan", "changes": "true"}, False),
        ({"release": [{"prefix": "2."}]}, {"release": "2.1.0"}, True),
        ({"release": [{"prefix": "2."}]}, {"release": "12.0"}, False),
        ({"action": [{"anything-but": ["plan", "apply"]}]}, {"action": "destroy"}, True),
        ({"action": [{"anything-but": ["plan", "apply"]}]}, {"action": "plan"}, False),
        ({"action": [{"anything-but": {"prefix": "de"}}]}, {"action": "apply"}, True),
        ({"action": [{"anything-but": "plan"}]}, {}, False),
        ({"reason": [{"exists": False}]}, {"action": "apply"}, True),
        ({"reason": [{"exists": True}]}, {"reason": None}, True),
        ({"count": [{"numeric": [">", 0, "<=", 5]}]}, {"count": 5}, True),
        ({"count": [{"numeric": [">", 0, "<=", 5]}]}, {"count": 6}, False),
        ({"count": [{"numeric": ["=", 1]}]}, {"count": True}, False),
        ({"count": [1]}, {"count": True}, False),
        ({"project": {"id": ["p-1"]}}, {"project": {"id": "p-1", "name": "x"}}, True),
        ({"changed": ["b"]}, {"changed": ["a", "b"]}, True),
        ({"changed": {"address": ["b"]}}, {"changed": [{"address": "a"}, {"address": "b"}]}, True),
        ({"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}, True),
        ({"name": [{"wildcard": "p-*-x"}]}, {"name": "p-1-x"}, True),
        ({"name": [{"equals-ignore-case": "ABC"}]}, {"name": "abc"}, True),
        ({"reason": [None]}, {"reason": None}, True),
    ],
)
def test_patterns(cloud: Any, pattern: dict[str, Any], detail: dict[str, Any], matches: bool) -> None:
    event = {
        "id": "1", "account": "123456789012", "source": "test", "time": "2026-11-20T06:00:00Z",
        "region": "eu-central-1", "resources": [], "detail-type": "Test", "detail": detail,
    }  # fmt: skip
    answer = cloud.client("events").test_event_pattern(
        EventPattern=json.dumps({"detail": pattern}), Event=json.dumps(event)
    )
    assert answer["Result"] == matches


@pytest.mark.parametrize("pattern", [{"source": "x"}, {"source": []}, {"detail": {"a": [{"perfix": "b"}]}}])
def test_what_is_no_pattern_is_refused(cloud: Any, pattern: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("events").put_rule(Name="bad-pattern", EventPattern=json.dumps(pattern))
    assert refused.value.response["Error"]["Code"] == "InvalidEventPatternException"


def test_an_event_is_delivered_twice_or_lost(mail: Mail, control: FaultClient) -> None:
    mail.rule()
    mail.let(allow("sns:Publish", mail.topic))
    control.add(
        {"on": "event", "source": mail.name, "kind": "duplicate"},
        {"on": "event", "source": mail.name, "kind": "lose"},
    )

    mail.send()
    found: list[Any] = []
    until(lambda: found.extend(mail.received()) or len(found) == 2)
    assert found[0] == found[1]
    mail.send()
    assert mail.nothing()
    assert control.hits() == 2
