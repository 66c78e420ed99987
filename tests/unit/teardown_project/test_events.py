"""Events that are nobody's, forgotten, or no events at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from teardown_project.errors import RequestInvalid
from teardown_project.events import parse

from tests.unit.teardown_project.conftest import TABLE


def test_a_build_that_nobody_asked_for_is_ignored(world: Any) -> None:
    assert world.call(world.ended("teardown:99")) == "ignored"

    world.codebuild.start_build(idempotencyToken="by hand", environmentVariablesOverride=[])
    assert world.call(world.ended()) == "ignored"
    assert world.mailbox.bodies == []


def test_a_request_that_is_forgotten_is_ignored(world: Any) -> None:
    world.call(world.request())
    world.dynamodb.delete_item(TableName=TABLE, Key={"request": {"S": "wait#request-1"}})

    assert world.call(world.ended()) == "ignored"
    assert world.mailbox.bodies == []


@pytest.mark.parametrize(
    "event", [{}, {"detail-type": "Scheduled Event", "source": "aws.events"}, {"Records": []}]
)
def test_other_events_are_refused(world: Any, event: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        world.call(event)


@given(
    st.dictionaries(st.sampled_from(["RequestType", "detail-type", "source", "detail", "ResponseURL"]), st.text())
)
def test_whatever_comes_is_read_or_refused(event: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        parse(event)
