"""The table of faults, and how the seed deals them."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from threading import Event
from typing import Any

import pytest

from chaos import campaign
from chaos.outcome import Outcome
from chaos.row import Moment, Row
from chaos.rows import ROWS
from localcloud.faults.rules import parse


class FakeProject:
    name = "chaos-001"
    repository = "example-org/chaos-001"
    identifier = "p-abc"
    room: Any = None


def chance() -> Random:
    return Random(1)  # noqa: S311 - repeatable on purpose


def test_there_are_enough_of_every_kind() -> None:
    counts = Counter(row.operation for row in ROWS)

    assert len(ROWS) >= 40
    assert set(counts) == {"create", "update", "delete"}
    assert min(counts.values()) >= 10
    assert len({row.name for row in ROWS}) == len({row.what + row.operation for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_local_cloud_takes_every_fault(row: Row) -> None:
    for fault in row.faults(Moment(FakeProject(), chance())):
        parse(fault)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_fault_is_about_one_project(row: Row) -> None:
    other = FakeProject()
    other.name, other.repository = "chaos-002", "example-org/chaos-002"
    mine = row.faults(Moment(FakeProject(), chance()))
    others = row.faults(Moment(other, chance()))

    assert all(one != another for one, another in zip(mine, others, strict=True))


def test_a_seed_deals_the_same_twice_and_another_one_differently() -> None:
    first, again, other = (campaign.lots(seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    for lots in (first, other):
        assert sorted(row.name for lot in lots for row in lot.values()) == sorted(row.name for row in ROWS)
        assert all(row.operation == operation for lot in lots for operation, row in lot.items())


def test_rows_are_chosen_by_patterns() -> None:
    assert campaign.chosen([]) == list(ROWS)
    assert [row.name for row in campaign.chosen(["delete/told-*"])] == ["delete/told-twice", "delete/told-late"]
    assert campaign.chosen(["nothing"]) == []


def test_an_interruption_does_not_wait_for_lives_that_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    others, end, reached = Event(), Event(), []

    class SlowLife:
        def __init__(self, _room: Any, name: str, *_: Any) -> None:
            self._first = name == "chaos-000"

        def run(self) -> Iterator[Outcome]:
            if self._first:
                assert others.wait(30)
                yield Outcome("create/first", "interrupted")
            else:
                others.set()
                reached.append(end.wait(30))

    def interrupted(_outcome: Outcome) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "Life", SlowLife)
    room: Any = None

    with pytest.raises(KeyboardInterrupt):
        campaign.run(room, 1, campaign.chosen(["delete/told-*"]), 2, interrupted)

    assert reached == []
    end.set()
