"""The conditions of a condition step, without a cloud."""

from typing import Any

import pytest

from localcloud.services.sagemaker.pipelines.conditions import ConditionError, check, evaluate


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


TRUE, FALSE = compare("Equals", 1, 1), compare("Equals", 1, 2)


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (compare("Equals", "a", "a"), True),
        (compare("Equals", 1, 1.0), True),
        (compare("Equals", True, False), False),
        (compare("GreaterThan", 2, 1), True),
        (compare("GreaterThan", 1, 1), False),
        (compare("GreaterThanOrEqualTo", 1, 1), True),
        (compare("LessThan", 1, 1), False),
        (compare("LessThan", "a", "b"), True),
        (compare("LessThanOrEqualTo", 0.5, 1), True),
        (compare("LessThanOrEqualTo", float("nan"), 1), False),
        ({"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}, True),
        ({"Type": "In", "QueryValue": "c", "Values": ["a", "b"]}, False),
        ({"Type": "Not", "Expression": FALSE}, True),
        ({"Type": "Or", "Conditions": [FALSE, TRUE]}, True),
        ({"Type": "Or", "Conditions": [FALSE, {"Type": "Not", "Expression": TRUE}]}, False),
    ],
)
def test_a_condition_holds_or_not(condition: dict[str, Any], outcome: bool) -> None:
    check([condition])
    assert evaluate([condition], lambda value: value) is outcome


def test_all_conditions_of_a_step_must_hold() -> None:
    assert evaluate([TRUE, TRUE], lambda value: value)
    assert not evaluate([TRUE, FALSE], lambda value: value)


def test_a_number_is_not_compared_with_text() -> None:
    with pytest.raises(ConditionError, match=r"'0.5'"):
        evaluate([compare("LessThan", "0.5", 1)], lambda value: value)


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        {},
        [{"Type": "Between"}],
        [{"Type": "Equals", "LeftValue": 1}],
        [{"Type": "In", "QueryValue": 1, "Values": 1}],
        [{"Type": "Or", "Conditions": []}],
        [{"Type": "Not", "Expression": {"Type": "Equals"}}],
        ["Equals"],
    ],
)
def test_malformed_conditions(conditions: Any) -> None:
    with pytest.raises(ConditionError):
        check(conditions)
