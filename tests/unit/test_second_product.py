"""The second product: its form is the first one's with a field beside, and the first one is as it was."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from release.forms import FormError, compose, product_folders, template_of
from tests.unit.product_template.commands import command, longest
from tests.unit.product_template.forms import BAD, accepts

ROOT = Path(__file__).resolve().parents[2]
PRODUCTS = ROOT / "service-catalog-setup" / "products"
FIRST = PRODUCTS / "model-build"
SECOND = PRODUCTS / "model-build-deploy"


@pytest.fixture(scope="module")
def first() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(template_of(FIRST))
    return loaded


@pytest.fixture(scope="module")
def second() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(template_of(SECOND))
    return loaded


def test_the_first_product_is_its_own_file_byte_for_byte() -> None:
    assert template_of(FIRST) == (FIRST / "template.yaml").read_bytes()
    assert b"Deploy" not in template_of(FIRST)


def test_both_are_products_of_the_release() -> None:
    names = [folder.name for folder in product_folders(PRODUCTS)]

    assert names == sorted(names)
    assert {"aurora-inference", "model-build", "model-build-deploy", "notebook-workbench"} <= set(names)


def test_only_what_is_added_differs(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert {name for name in second["Parameters"] if name not in first["Parameters"]} == {"DeployRepoName"}
    for section in ("Mappings", "Conditions"):
        assert second[section] == first[section]
    for section in ("Parameters", "Rules", "Outputs"):
        assert {name: second[section][name] for name in first[section]} == first[section]
    teardown = dict(second["Resources"]["Teardown"]["Properties"]["Parameters"])
    assert teardown.pop("DeployRepoName") == {"Fn::Base64": {"Ref": "DeployRepoName"}}
    assert teardown == first["Resources"]["Teardown"]["Properties"]["Parameters"]
    text, variables = second["Resources"]["Project"]["Properties"]["Command"]["Fn::Sub"]
    before, known = first["Resources"]["Project"]["Properties"]["Command"]["Fn::Sub"]
    assert text.replace("DeployRepoName=${DeployRepoName}\n", "") == before
    assert variables.pop("DeployRepoName") == {"Fn::Base64": {"Ref": "DeployRepoName"}}
    assert variables == known
    variables["DeployRepoName"] = {"Fn::Base64": {"Ref": "DeployRepoName"}}


def test_the_deploy_repository_may_be_empty_and_is_checked_like_the_first(second: dict[str, Any]) -> None:
    parameter = second["Parameters"]["DeployRepoName"]

    assert parameter["Default"] == ""
    for name in ["", "my-team/churn-deploy", "o/r", "a" * 39 + "/" + "b" * 100]:
        assert accepts(parameter, name), name
    refused = [value for value in BAD["GitRepoName"] if value]
    assert [value for value in refused if accepts(parameter, value)] == []


def test_the_form_shows_it_beside_the_repository(second: dict[str, Any]) -> None:
    interface = second["Metadata"]["AWS::CloudFormation::Interface"]

    assert interface["ParameterGroups"][0]["Parameters"] == ["GitRepoName", "GitBranchName", "DeployRepoName"]
    assert set(interface["ParameterLabels"]) == set(second["Parameters"])
    assert set(second["Rules"]) == {"ModelsNeedTheirFiles", "TwoRepositories"}


def test_the_command_fits_a_stack_parameter_in_the_worst_case(second: dict[str, Any]) -> None:
    stores = {"Store": {"Bucket": "b" * 63, "Key": "k" * 100}}
    worst = second | {"Mappings": {"Platform": {**second["Mappings"]["Platform"], **stores}}}

    assert len(command(worst, longest(worst)).encode()) <= 4096


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ({"Parameters": {"GitRepoName": {}}}, "Parameters has GitRepoName already"),
        ({"ParameterGroups": {"Nowhere": ["X"]}}, "no group 'Nowhere'"),
        ({"Resources": {}}, "may not hold Resources"),
    ],
)
def test_what_cannot_be_added_is_named(first: dict[str, Any], added: dict[str, Any], reason: str) -> None:
    with pytest.raises(FormError, match=reason):
        compose(first, {"Description": "x", **added})


def test_a_product_that_extends_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lonely").mkdir()
    (tmp_path / "lonely" / "additions.yaml").write_text("extends: nothing\n", encoding="utf-8")

    with pytest.raises(FormError, match="extends 'nothing'"):
        template_of(tmp_path / "lonely")
