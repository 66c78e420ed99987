"""The form of the product template takes what is right, refuses what is wrong, and explains itself."""

import re
from typing import Any

import pytest
import yaml

from tests.unit.product_template.commands import PACKAGE
from tests.unit.product_template.forms import BAD, GOOD, accepts


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_the_form_takes_what_is_right(template: dict[str, Any], name: str, value: str) -> None:
    assert accepts(template["Parameters"][name], value)


@pytest.mark.parametrize("name", BAD)
def test_the_form_refuses_what_is_wrong(template: dict[str, Any], name: str) -> None:
    assert [value for value in BAD[name] if accepts(template["Parameters"][name], value)] == []


def test_the_form_explains_itself(template: dict[str, Any]) -> None:
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]

    assert (
        sorted(grouped) == sorted(template["Parameters"]) == sorted(interface["ParameterLabels"]) == sorted(GOOD)
    )
    for name, parameter in template["Parameters"].items():
        assert parameter["Type"] == "String", name
        assert len(parameter["Description"]) > 20, name
        assert len(parameter["ConstraintDescription"]) > 30, name
        assert parameter["AllowedPattern"].startswith("^") and parameter["AllowedPattern"].endswith("$"), name
    assert [name for name, parameter in template["Parameters"].items() if "Default" not in parameter] == [
        "SageMakerProjectName",
        "SageMakerProjectId",
        "GitRepoName",
    ]


def test_patterns_use_only_what_java_and_python_share(template: dict[str, Any]) -> None:
    for name, parameter in template["Parameters"].items():
        pattern = parameter["AllowedPattern"]
        assert pattern.isascii(), name
        assert not re.search(r"\\[dwsbAZzpP]|\(\?P|\(\?<|\+\+|\*\+|&&|\[\[", pattern), name


def test_models_are_kept_only_with_their_files(template: dict[str, Any]) -> None:
    [rule] = template["Rules"].values()
    [assertion] = rule["Assertions"]

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "RegisteredModels"}, "keep"]}
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "ArtifactBucketContents"}, "keep"]}


def test_the_placeholder_refuses_every_launch() -> None:
    placeholder = yaml.safe_load((PACKAGE / "products" / "placeholder.yaml").read_text(encoding="utf-8"))

    [rule] = placeholder["Rules"].values()
    [assertion] = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "SageMakerProjectId"}, "never"]}
    assert "numbered version" in assertion["AssertDescription"]
