"""Products with Terraform of their own: their forms are composed of the one that asks nothing."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hostile.case import Case
from hostile.fields import fields
from hostile.hcl import declaring, variable
from hostile.layers.form import try_all
from release.forms import FormError, compose, product_folders, template_of
from tests.unit.product_template.commands import command, longest

PRODUCTS = Path(__file__).resolve().parents[2] / "service-catalog-setup" / "products"
INVENTED = Path(__file__).resolve().parents[1] / "products" / "invented"
OWN = [folder for folder in product_folders(PRODUCTS) if (folder / "terraform").is_dir()]


def form(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(template_of(folder))
    return loaded


def added(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "additions.yaml").read_text("utf-8"))["Parameters"]
    return found


def test_the_base_is_the_first_product_without_its_fields() -> None:
    base = yaml.safe_load((PRODUCTS / "base.yaml").read_text("utf-8"))
    first = yaml.safe_load((PRODUCTS / "model-build" / "template.yaml").read_text("utf-8"))
    own = set(first["Parameters"]) - set(base["Parameters"])

    assert set(base["Parameters"]) == {"SageMakerProjectName", "SageMakerProjectId"}
    assert base["Parameters"] == {name: first["Parameters"][name] for name in base["Parameters"]}
    teardown = first["Resources"]["Teardown"]["Properties"]["Parameters"]
    for name in own:
        del teardown[name]
    text, variables = first["Resources"]["Project"]["Properties"]["Command"]["Fn::Sub"]
    for line in [line for line in text.splitlines(keepends=True) if line.split("=")[0] in own]:
        text = text.replace(line, "")
    kept = {name: value for name, value in variables.items() if f"${{{name}}}" in text}
    first["Resources"]["Project"]["Properties"]["Command"]["Fn::Sub"] = [text, kept]
    assert base["Resources"] == first["Resources"]
    del first["Mappings"]["Platform"]["Host"]
    assert base["Mappings"] == first["Mappings"]


@pytest.mark.parametrize("folder", OWN, ids=lambda folder: folder.name)
def test_every_field_reaches_the_run_and_the_deletion(folder: Path) -> None:
    template, fields = form(folder), added(folder)

    text = template["Resources"]["Project"]["Properties"]["Command"]["Fn::Sub"][0]
    for name in fields:
        assert f"\n{name}=${{{name}}}\n" in text
        assert template["Resources"]["Teardown"]["Properties"]["Parameters"][name] == {"Fn::Base64": {"Ref": name}}
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    shown = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(shown) == sorted(template["Parameters"]) == sorted(interface["ParameterLabels"])
    assert all(group["Parameters"] for group in interface["ParameterGroups"])
    assert len(command(template, longest(template)).encode()) <= 4096


@pytest.mark.parametrize("folder", OWN, ids=lambda folder: folder.name)
def test_fields_are_constrained_and_are_those_of_its_terraform(folder: Path) -> None:
    declared = variable(declaring(folder / "terraform", "parameters"), "parameters").type

    for parameter in added(folder).values():
        assert {"Description", "AllowedPattern", "ConstraintDescription", "MaxLength"} <= set(parameter)
    assert set(re.findall(r"\b([A-Za-z]+) += ", declared)) == set(added(folder))


@pytest.mark.parametrize("name", ["Stack", "Bucket", "Id"])
def test_a_field_cannot_take_a_name_of_the_command(name: str) -> None:
    base = yaml.safe_load((PRODUCTS / "base.yaml").read_text("utf-8"))

    with pytest.raises(FormError, match=f"cannot be called {name}"):
        compose(base, {"Description": "x", "Parameters": {name: {"Type": "String"}}})


@pytest.mark.parametrize("folder", product_folders(PRODUCTS), ids=lambda folder: folder.name)
def test_links_to_the_console_are_left_out_of_partitions_that_have_another(folder: Path) -> None:
    template = form(folder)
    links = [one for one in template["Outputs"].values() if ".console.aws.amazon.com" in str(one["Value"])]
    conditions = [template["Conditions"][link["Condition"]] for link in links]

    assert links or folder.name not in ("model-build", "model-build-deploy", "notebook-workbench")
    assert all(one == {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws"]} for one in conditions)


def test_what_is_prose_the_product_says() -> None:
    base = yaml.safe_load((PRODUCTS / "base.yaml").read_text("utf-8"))
    note = yaml.safe_load((INVENTED / "additions.yaml").read_text("utf-8"))
    silent = {key: value for key, value in note.items() if key != "Prose"}
    text = '$(id) `id` "'

    for declared, taken in ((note, True), (silent, False)):
        template = compose(base, declared)
        every = fields({"team-note": template})
        (field,) = [one for one in every if one.name == "Note"]
        (verdict,) = try_all({"team-note": template}, every, [Case("team-note", field, "shell", text)])
        assert (verdict.wrong is None) is taken, verdict.wrong

    with pytest.raises(FormError, match="Prose names Nothing, of which the form has no field"):
        compose(base, {**note, "Prose": ["Nothing"]})


@pytest.mark.parametrize(
    ("known", "detached"),
    [([], ["arn:a", "arn:b"]), (["a"], ["arn:a", "arn:b"]), (["a", "b"], [])],
    ids=["none in the state", "one in the state", "all in the state"],
)
def test_policies_that_a_killed_run_attached_do_not_keep_a_workbenchs_role(
    known: list[str], detached: list[str], tmp_path: Path
) -> None:
    addresses = ["module.notebooks.aws_iam_role.notebooks"]
    addresses += [f'module.notebooks.aws_iam_role_policy_attachment.notebooks["{name}"]' for name in known]
    (tmp_path / "addresses").write_text("".join(f"{address}\n" for address in addresses), encoding="utf-8")
    script = r"""
        . "$runner/deletion.sh"
        adopt() { :; }
        adopt_sagemaker() { :; }
        say() { :; }
        aws() {
          case "$1 $2" in
            "iam list-attached-role-policies") printf 'arn:a\tarn:b\n' ;;
            "iam detach-role-policy") [[ $4 == p-x-notebooks ]] && echo "$6" >>"$work/detached" ;;
            *) return 1 ;;
          esac
        }
        . ./hooks.sh
        product_adopt
    """

    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=PRODUCTS / "notebook-workbench" / "terraform",
        env={
            "PATH": "/usr/bin:/bin",
            "runner": str(PRODUCTS.parent / "runner"),
            "work": str(tmp_path),
            "prefix": "p-x",
            "project_id": "x",
        },
        check=True,
    )

    done = tmp_path / "detached"
    assert (done.read_text("utf-8").split() if done.exists() else []) == detached
