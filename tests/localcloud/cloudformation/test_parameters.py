"""Parameters: constraints, defaults, rules."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Repository": {
            "Type": "String",
            "AllowedPattern": "[a-z]+/[a-z]+",
            "ConstraintDescription": "owner/name in small letters",
        },
        "Size": {"Type": "String", "AllowedValues": ["small", "large"], "Default": "small"},
        "Count": {"Type": "Number", "MinValue": 1, "MaxValue": 3, "Default": 2},
        "Short": {"Type": "String", "MinLength": 2, "MaxLength": 4, "Default": "abc"},
        "Pattern": {"Type": "String", "AllowedPattern": "[a-z]*", "Default": ""},
        "Names": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Free": {"Type": "String", "Default": "x"},
        "Secret": {"Type": "String", "NoEcho": True, "Default": "hidden"},
    },
    "Rules": {
        "LargeNeedsName": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "Size"}, "large"]},
            "Assertions": [
                {
                    "Assert": {"Fn::Contains": [["xyz"], {"Ref": "Short"}]},
                    "AssertDescription": "A large one has to be called xyz",
                }
            ],
        }
    },
    "Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
    "Outputs": {
        "Second": {"Value": {"Fn::Select": [1, {"Ref": "Names"}]}},
        "Count": {"Value": {"Ref": "Count"}},
        "Secret": {"Value": {"Ref": "Secret"}},
    },
}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Parameters: [Repository] must have values"),
        ({"Repository": "a/b", "Other": "1"}, "Parameters: [Other] do not exist in the template"),
        ({"Repository": "A/b"}, "Parameter Repository failed to satisfy constraint: owner/name in small letters"),
        ({"Repository": "a/b\nc"}, "Parameter Repository failed to satisfy constraint"),
        ({"Repository": ""}, "Parameter Repository failed to satisfy constraint"),
        ({"Repository": "a/b", "Size": "tiny"}, "Parameter 'Size' must be one of AllowedValues: [small, large]"),
        ({"Repository": "a/b", "Count": "4"}, "Parameter 'Count' must be a number not greater than 3"),
        ({"Repository": "a/b", "Count": "0"}, "Parameter 'Count' must be a number not less than 1"),
        ({"Repository": "a/b", "Count": "two"}, "Parameter 'Count' must be a number"),
        ({"Repository": "a/b", "Short": "a"}, "Parameter 'Short' must contain at least 2 characters"),
        ({"Repository": "a/b", "Short": "abcde"}, "Parameter 'Short' must contain at most 4 characters"),
        ({"Repository": "a/b", "Pattern": "A"}, "Parameter 'Pattern' must match pattern [a-z]*"),
        ({"Repository": "a/b", "Free": "x" * 4097}, "Parameter 'Free' must contain at most 4096 bytes"),
        ({"Repository": "a/b", "Free": "ü" * 2049}, "the value has 4098"),
        ({"Repository": "a/b", "Size": "large"}, "A large one has to be called xyz"),
    ],
)
def test_a_refused_value_starts_nothing(stacks: Any, given: dict[str, str], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        stacks.start(TEMPLATE, "refused-parameters", parameters=given)
    assert message in refused.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="does not exist"):
        stacks.client.describe_stacks(StackName="refused-parameters")


def test_accepted_values_reach_the_outputs(stacks: Any) -> None:
    stack = stacks.create(
        TEMPLATE, parameters={"Repository": "a/b", "Size": "large", "Short": "xyz", "Free": "x" * 4096}
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    assert outputs == {"Second": "b", "Count": "2", "Secret": "hidden"}
    shown = {item["ParameterKey"]: item["ParameterValue"] for item in stack["Parameters"]}
    assert shown["Secret"] == "****"
    assert shown["Count"] == "2"


def test_a_pattern_that_never_ends_is_given_up(stacks: Any) -> None:
    template = {
        "Parameters": {"P": {"Type": "String", "AllowedPattern": "(?:a|aa)+b"}},
        "Resources": TEMPLATE["Resources"],
    }
    with pytest.raises(ClientError, match="takes too long"):
        stacks.start(template, parameters={"P": "a" * 60})


def test_a_value_may_come_from_systems_manager(stacks: Any, cloud: Any) -> None:
    cloud.client("ssm").put_parameter(Name="/test/size", Value="huge", Type="String")
    template = {
        "Parameters": {"Size": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/test/size"}},
        "Resources": TEMPLATE["Resources"],
        "Outputs": {"Size": {"Value": {"Ref": "Size"}}},
    }
    stack = stacks.create(template)
    assert stack["Outputs"][0]["OutputValue"] == "huge"
    assert stack["Parameters"][0]["ResolvedValue"] == "huge"
    with pytest.raises(ClientError, match="Unable to fetch parameters"):
        stacks.start(template, parameters={"Size": "/test/nothing"})
