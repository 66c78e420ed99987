"""One answer, to CloudFormation's address only, which nobody sees."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from teardown_project.addresses import Addresses
from teardown_project.errors import AnswerNotSent, RequestInvalid
from teardown_project.events import parse


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?X-Amz-Signature=canary",
        "https://s3.eu-west-1.amazonaws.com.evil.example/canary",
        "https://evils3.eu-west-1.amazonaws.com/canary",
        "https://user:canary@bucket.s3.eu-west-1.amazonaws.com/",  # pragma: allowlist secret - made up
        "https://bucket.s3.eu-west-1.amazonaws.com:8443/canary",
        "http://bucket.s3.eu-west-1.amazonaws.com/canary",
        "https://169.254.169.254/canary",
        "http://127.0.0.1:1/canary",
        "https://127.0.0.1/canary",
        "file:///canary",
        "https://[canary",
        "",
    ],
)
def test_only_s3_is_answered(world: Any, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RequestInvalid) as refused:
        world.call(world.request("Create", ResponseURL=url))

    assert "canary" not in str(refused.value) + capsys.readouterr().out
    assert world.codebuild.started == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/a?X-Amz-Signature=b",
        "https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/a",
        "https://s3.eu-west-1.amazonaws.com:443/bucket/a",
    ],
)
def test_the_addresses_of_s3_are_accepted(url: str) -> None:
    hosts = ["s3.eu-west-1.amazonaws.com", "s3-eu-west-1.amazonaws.com"]

    Addresses(hosts, None).check(url)


@pytest.mark.parametrize(
    "endpoint", [None, "http://10.0.0.1:80", "https://evil.example", "http://evil.example:8080"]
)
def test_an_endpoint_elsewhere_opens_nothing(endpoint: str | None) -> None:
    with pytest.raises(RequestInvalid):
        Addresses(["s3.eu-west-1.amazonaws.com"], endpoint).check(f"{endpoint or 'http://127.0.0.1:4566'}/a")


def test_an_address_that_is_busy_is_asked_again(world: Any) -> None:
    world.mailbox.statuses = [503, 500]

    assert world.call(world.request("Create")) == "success"
    assert len(world.mailbox.bodies) == 1


def test_an_answer_that_was_refused_is_sent_by_the_next_attempt(
    world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    world.call(world.request())
    world.mailbox.statuses = [403]
    with pytest.raises(AnswerNotSent, match="HTTP 403"):
        world.call(world.ended())

    assert world.call(world.ended()) == "success"
    assert len(world.mailbox.bodies) == 1
    assert "canary" not in capsys.readouterr().out


def test_nobody_sees_the_address(world: Any, capsys: pytest.CaptureFixture[str]) -> None:
    world.call(world.request())
    world.call(world.ended())
    world.mailbox.statuses = [403]
    event = world.request("Create", RequestId="r")
    with pytest.raises(AnswerNotSent) as refused:
        world.call(event)

    shown = capsys.readouterr().out + str(refused.value) + repr(parse(event))
    assert "canary" not in shown


def test_an_answer_fits(world: Any) -> None:
    world.record("20261120T110005Z", "destroy", 'ü"\\' * 3000)
    world.codebuild.status = "FAILED"
    world.call(world.request())
    world.call(world.ended())

    assert len(json.dumps(world.mailbox.bodies[0]).encode()) <= 4096


def test_two_at_once_do_not_both_answer(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.call(world.request())
    inner: list[str] = []

    def twice(_pool: Any, _to: Any, _answer: Any) -> None:
        if not inner:
            inner.append("other")
            with pytest.raises(IdempotencyAlreadyInProgressError):
                world.call(world.ended())
        inner.append("sent")

    monkeypatch.setattr("teardown_project.answer.Sender.send", twice)
    assert world.call(world.ended()) == "success"
    assert inner == ["other", "sent"]
