"""Ten projects at the same time: what overlaps, and what is otherwise than alone."""

import json
from dataclasses import replace

from chaos.picture import Picture, addresses
from chaos.ten import Spell, overlaps

ALONE = Picture(frozenset({"aws_s3_bucket.artifacts[]"}), frozenset({"arn:ID name=NAME"}), 1)


def test_what_was_done_to_one_project_does_not_overlap_with_itself() -> None:
    behind = [Spell("a", "create", 0, 9), Spell("a", "update", 8, 12), Spell("b", "create", 20, 30)]
    beside = [*behind, Spell("a", "delete", 25, 40), Spell("c", "update", 29, 31)]

    assert set(overlaps(behind).values()) == {0}
    assert overlaps(beside) == {("create", "update"): 1, ("create", "delete"): 1, ("update", "delete"): 1}


def test_the_same_thing_at_the_same_time_is_no_overlap_of_two_kinds() -> None:
    assert set(overlaps([Spell("a", "update", 0, 9), Spell("b", "update", 0, 9)]).values()) == {0}


def test_a_project_is_compared_with_one_that_was_alone() -> None:
    assert ALONE.differences(ALONE) == []
    assert replace(ALONE, commits=2).differences(ALONE) == ["commits: 2, alone 1"]
    assert replace(ALONE, tagged=frozenset({"arn:ID name=other"})).differences(ALONE) == [
        "tagged: ['arn:ID name=other'], alone ['arn:ID name=NAME']"
    ]
    assert replace(ALONE, addresses=frozenset()).differences(ALONE) == [
        "addresses: [], alone ['aws_s3_bucket.artifacts[]']"
    ]


def test_addresses_are_those_of_managed_instances() -> None:
    resources = [
        {"mode": "managed", "type": "aws_iam_role", "name": "one", "instances": [{"index_key": "a"}, {}]},
        {"mode": "data", "type": "aws_region", "name": "current", "instances": [{}]},
    ]

    assert addresses(json.dumps({"resources": resources}).encode()) == [
        "aws_iam_role.one[a]",
        "aws_iam_role.one[]",
    ]
