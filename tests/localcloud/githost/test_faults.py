"""The host fails on demand, and a failed push leaves nothing behind."""

import http.client
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_faults_afterwards(host: Any) -> Iterator[None]:
    yield
    host.request("DELETE", "/_localcloud/faults")


def fault(host: Any, **settings: Any) -> None:
    answer = host.request("POST", "/_localcloud/faults", settings, Content_Type="application/json")
    assert answer.status == 200, answer.body


def test_a_status_is_answered_as_often_as_asked(host: Any) -> None:
    fault(host, path="/api/v3/user", status=429, headers={"Retry-After": "1"}, body="{}", times=2, skip=1)

    answers = [host.api("GET", "/user") for _ in range(4)]

    assert [answer.status for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "1"


def test_an_answer_can_be_late(host: Any) -> None:
    fault(host, path="/api/v3/user", kind="delay", delay=0.5)

    begun = time.monotonic()

    assert host.api("GET", "/user").status == 200
    assert time.monotonic() - begun >= 0.5


def test_a_connection_can_be_dropped(host: Any) -> None:
    fault(host, path="/api/v3/user", kind="drop")

    with pytest.raises(http.client.RemoteDisconnected):
        host.api("GET", "/user")
    assert host.api("GET", "/user").status == 200


def test_an_answer_can_be_lost_after_the_push_was_accepted(host: Any) -> None:
    repository, work = host.create(), host.work()
    fault(host, path=".*/git-receive-pack", kind="lose_answer")

    host.push(work, repository, expect=1)

    head = host.git("rev-parse", "HEAD", folder=work).strip()
    assert host.api("GET", f"/repos/{repository}/branches/main").body["commit"]["sha"] == head
    assert "up-to-date" in host.push(work, repository)


def test_a_push_that_is_cut_moves_nothing(host: Any) -> None:
    repository, work = host.create(), host.work()
    (work / "large").write_bytes(os.urandom(3_000_000))
    host.commit(work)
    fault(host, path=".*/git-receive-pack", kind="cut", after_bytes=500_000, method="POST", skip=1)

    host.push(work, repository, expect=1)

    assert host.api("GET", f"/repos/{repository}/branches").body == []
    host.push(work, repository)


def test_an_unknown_kind_of_rule_is_refused(host: Any) -> None:
    answer = host.request("POST", "/_localcloud/faults", {"sattus": 500}, Content_Type="application/json")

    assert (answer.status, answer.body) == (400, {"message": "unknown fields: sattus"})
