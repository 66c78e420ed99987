"""Intrinsic functions, by CloudFormation's reference."""

import base64
from typing import Any

import pytest

from localcloud.services.cloudformation import syntax
from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.intrinsics import Evaluator


class Known:
    """One resource, Queue."""

    def ref(self, logical_id: str) -> str:
        return f"id-of-{logical_id}"

    def attribute(self, logical_id: str, name: str) -> Any:
        return {"Arn": f"arn-of-{logical_id}", "List": ["a", "b"]}[name]


@pytest.fixture
def evaluator() -> Evaluator:
    return Evaluator(
        names={"Name": "churn", "Sizes": ["1", "2"], "AWS::Region": "eu-central-1", "Count": 3},
        mappings={"Platform": {"Runner": {"Profile": "runner", "Ports": ["80", "443"]}}},
        conditions={
            "Always": {"Fn::Equals": ["a", "a"]},
            "Never": {"Fn::Not": [{"Condition": "Always"}]},
            "Both": {"Fn::And": [{"Condition": "Always"}, {"Condition": "Never"}]},
            "Either": {"Fn::Or": [{"Condition": "Always"}, {"Condition": "Never"}]},
            "Round": {"Fn::Not": [{"Condition": "Round"}]},
        },
        resources=Known(),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Ref Name", "churn"),
        ("!Ref Queue", "id-of-Queue"),
        ("!GetAtt Queue.Arn", "arn-of-Queue"),
        ("!GetAtt [Queue, Arn]", "arn-of-Queue"),
        ("!Sub '${Name} in ${AWS::Region}: ${Queue.Arn}'", "churn in eu-central-1: arn-of-Queue"),
        ("!Sub 'bash ${!HOME} and ${!LIST[@]}'", "bash ${HOME} and ${LIST[@]}"),
        ("!Sub ['${Mine}-${Name}', {Mine: !Ref Queue}]", "id-of-Queue-churn"),
        ("!Sub ['${Name}', {Name: own}]", "own"),
        ("!Join ['-', [a, !Ref Name, 1]]", "a-churn-1"),
        ("!Join [',', !Ref Sizes]", "1,2"),
        ("!Select [1, !Split ['/', owner/name]]", "name"),
        ("!Select ['0', !Ref Sizes]", "1"),
        ("!FindInMap [Platform, Runner, Profile]", "runner"),
        ("!FindInMap [Platform, Runner, Ports]", ["80", "443"]),
        ("!If [Always, yes-it-is, no-it-is-not]", "yes-it-is"),
        ("{a: !If [Never, 1, !Ref AWS::NoValue], b: 2}", {"b": 2}),
        ("[1, !Ref AWS::NoValue, 3]", [1, 3]),
        ("!If [Both, 1, 2]", 2),
        ("!If [Either, 1, 2]", 1),
        ("!Equals [!Ref Count, '3']", True),
        ("!Equals [true, 'true']", True),
        ("{Fn::ToJsonString: {a: !Ref Name}}", '{"a":"churn"}'),
        ("{Policy: {Condition: {StringEquals: {a: b}}}}", {"Policy": {"Condition": {"StringEquals": {"a": "b"}}}}),
    ],
)
def test_a_function_has_the_value_of_the_reference(evaluator: Evaluator, text: str, expected: Any) -> None:
    assert evaluator.value(syntax.parse(f"Value: {text}")["Value"]) == expected


def test_base64_carries_any_text_unharmed(evaluator: Evaluator) -> None:
    hostile = "a'\"; $(rm -rf /) \n ü"
    encoded = evaluator.value({"Fn::Base64": hostile})
    assert base64.b64decode(encoded).decode() == hostile


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!Select [5, [a]]", "Fn::Select cannot select nonexistent value at index 5"),
        ("!FindInMap [Platform, Runner, Nothing]", "Unable to get mapping for Platform::Runner::Nothing"),
        ("!Join ['-', not-a-list]", "Fn::Join object requires two parameters"),
        ("!If [Unknown, 1, 2]", "Unresolved condition dependency Unknown"),
        ("!If [Round, 1, 2]", "Circular dependency between conditions"),
        ("!Frobnicate x", "unsupported function Fn::Frobnicate"),
        ("!Sub '${Queue.List}'", "Fn::Sub requires strings"),
    ],
)
def test_a_misuse_is_explained(evaluator: Evaluator, text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        evaluator.value(syntax.parse(f"Value: {text}")["Value"])


def test_substituted_text_is_not_substituted_again(evaluator: Evaluator) -> None:
    hostile = {"Fn::Sub": ["run ${Input}", {"Input": "${Name} ${AWS::Region}"}]}
    assert evaluator.value(hostile) == "run ${Name} ${AWS::Region}"
