"""Requests that come twice: answered from DynamoDB's record, or waited for."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from seed_repository import handler
from seed_repository.errors import HostUnavailable, RecordUnavailable, RepositoryMissing, RequestInProgress
from seed_repository.events import SeedResult
from seed_repository.once import once
from seed_repository.retry import Patience
from seed_repository.transport import Deadline

from tests.unit.clients import client
from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.git_server import TOKEN, Fault
from tests.unit.seed_repository.test_handler import LambdaContext

TABLE = "sagemaker-projects-seed-requests"


@pytest.fixture
def table(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The table as package 1 makes it; the function is told to use it."""
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "function", "AttributeType": "S"},
            {"AttributeName": "request", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "function", "KeyType": "HASH"},
            {"AttributeName": "request", "KeyType": "RANGE"},
        ],
    )
    monkeypatch.setenv("SEED_REQUESTS_TABLE", TABLE)
    handler._clients.cache_clear()
    handler._records.cache_clear()
    yield dynamodb
    handler._clients.cache_clear()
    handler._records.cache_clear()


def _items(table: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = table.scan(TableName=TABLE)["Items"]
    return items


def test_second_request_gets_the_first_ones_answer_without_a_call(world: World, table: Any) -> None:
    first = handler.handler(world.event, LambdaContext())
    world.server.requests.clear()

    second = handler.handler(world.event, LambdaContext())

    assert second == first
    assert first["status"] == "created"
    assert world.server.requests == []


def test_record_lies_under_the_functions_name_and_expires(world: World, table: Any) -> None:
    handler.handler(world.event, LambdaContext())

    (item,) = _items(table)
    assert item["function"]["S"] == LambdaContext.function_name
    assert item["status"]["S"] == "COMPLETED"
    assert 3500 < int(item["expiration"]["N"]) - time.time() <= 3600
    assert TOKEN not in str(item)


def test_another_request_is_another_matter(world: World, table: Any) -> None:
    handler.handler(world.event, LambdaContext())
    world.event["repository"]["branch"] = "other"

    assert handler.handler(world.event, LambdaContext())["branch"] == "other"
    assert len(_items(table)) == 2


def test_failure_is_not_remembered(world: World, table: Any) -> None:
    world.event["repository"]["create"] = False
    with pytest.raises(RepositoryMissing):
        handler.handler(world.event, LambdaContext())
    assert _items(table) == []

    world.server.create("acme/churn")
    assert handler.handler(world.event, LambdaContext())["status"] == "created"


def test_failure_after_the_push_is_found_by_the_next_invocation(world: World, table: Any) -> None:
    # The host asks for more patience than the invocation has: it ends here, whatever the machine's speed.
    fault = Fault("POST .*receive-pack", status=502, after=True, headers={"Retry-After": "3600"})
    world.server.faults.append(fault)
    with pytest.raises(HostUnavailable):
        handler.handler(world.event, LambdaContext())

    assert handler.handler(world.event, LambdaContext())["status"] == "unchanged"


def _once(client: Any, work: Any, *, seconds: float = 30.0) -> SeedResult:
    patience = Patience(3, Deadline(seconds), lambda wait: time.sleep(wait / 20))
    return once(
        {"the": "event"},
        LambdaContext(),  # type: ignore[arg-type]
        work,
        client=client,
        table=TABLE,
        remember_seconds=60,
        patience=patience,
    )


RESULT = SeedResult(status="created", commit_sha="a" * 40, repository_url="https://x/y", branch="main")


def test_two_at_a_time_work_once(table: Any) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work() -> SeedResult:
        done.append("worked")
        begun.set()
        go_on.wait(10)
        return RESULT

    results: list[SeedResult] = []
    first = threading.Thread(target=lambda: results.append(_once(table, work)))
    first.start()
    begun.wait(10)
    second = threading.Thread(target=lambda: results.append(_once(table, work)))
    second.start()
    time.sleep(0.2)
    go_on.set()
    first.join(10)
    second.join(10)

    assert results == [RESULT, RESULT]
    assert done == ["worked"]


def test_another_invocation_that_does_not_end_is_reported(table: Any) -> None:
    def work() -> SeedResult:
        with pytest.raises(RequestInProgress, match="works on the same request"):
            _once(table, lambda: RESULT, seconds=1.0)
        return RESULT

    assert _once(table, work) == RESULT


def test_table_that_cannot_be_used_names_the_permissions(world: World) -> None:
    class Refusing:
        meta = client("dynamodb").meta
        exceptions = client("dynamodb").exceptions

        def put_item(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutItem")

    with pytest.raises(RecordUnavailable, match=r"dynamodb:GetItem, PutItem.*endpoint for DynamoDB"):
        _once(Refusing(), lambda: RESULT)


def test_without_a_table_nothing_is_remembered(world: World) -> None:
    assert handler.handler(world.event, LambdaContext())["status"] == "created"
    assert handler.handler(world.event, LambdaContext())["status"] == "unchanged"
