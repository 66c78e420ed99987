"""Products with Terraform of their own: the runner knows name, parameters and hooks, nothing else."""

import json

import pytest

from tests.unit.runner.conftest import PARAMETERS, Machine, archive

STANDARD = {name: PARAMETERS[name] for name in ("SageMakerProjectName", "SageMakerProjectId", "Stack")}
HOOKS = r"""
product_adopt() {
  say "adopts for $prefix"
  adopt aws_iam_role.notes "$prefix-notes" iam get-role --role-name "$prefix-notes" \
    --query "Role.Tags[?Key=='sagemaker:project-id'].Value | [0]"
}
product_prepare() { say "prepares ${parameters[Note]}"; }
"""


@pytest.fixture
def own(machine: Machine) -> Machine:
    """A machine that runs for a project of a product called team-note."""
    machine.settings |= {
        "product": "team-note",
        "setup": "own",
        "project_prefix": "ml-",
        **machine.store("project_setup", "setup-team-note.tar.gz", archive({"main.tf": "# note\n"})),
    }
    machine.parameters = STANDARD | {"Note": 'so "much"\nfor $(id)', "Size": "5"}
    return machine


def test_its_terraform_gets_project_and_parameters_as_data(own: Machine) -> None:
    done = own.run()

    assert done.returncode == 0, done.stdout + done.stderr
    files = own.terraform_calls[0]["tfvars"]
    assert json.loads(files["project.auto.tfvars.json"]) == {
        "project": {"id": "p-abc123", "name": "Churn"},
        "parameters": {"Note": 'so "much"\nfor $(id)', "Size": "5"},
    }
    assert own.record["product"] == "team-note"
    assert own.output == "ok-1.0.0\n"


def test_it_says_its_result_in_one_word(own: Machine) -> None:
    own.scenario = {"commit_sha": "ml-p-abc123-note"}  # what the fake answers to any `terraform output`
    own.run()

    assert own.output == "ml-p-abc123-note\n"


def test_a_result_that_is_no_word_is_the_release(own: Machine) -> None:
    own.scenario = {"commit_sha": "two words"}
    own.run()

    assert own.output == "ok-1.0.0\n"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Stack": "no stack"}, "The parameter Stack is not acceptable"),
        ({"Note": "x" * 769}, "The parameter Note has more than 768 bytes"),
        ({"SageMakerProjectName": "-"}, "The parameter SageMakerProjectName is not acceptable"),
    ],
)
def test_what_the_runner_relies_on_is_checked(own: Machine, change: dict[str, str], reason: str) -> None:
    own.parameters |= change

    assert own.run().returncode == 1
    assert reason in own.record["reason"]
    assert own.terraform_calls == []


def test_a_deletion_asks_its_hooks_and_nothing_of_package_2(own: Machine) -> None:
    own.settings |= own.store("project_setup", "setup.tar.gz", archive({"main.tf": "#\n", "hooks.sh": HOOKS}))
    own.parameters["Note"] = "once"
    own.stands()
    own.scenario = {"made": {"ml-p-abc123-notes": "p-abc123"}}

    done = own.run("destroy")

    assert done.returncode == 0, done.stdout
    assert "adopts for ml-p-abc123" in done.stdout
    assert "prepares once" in done.stdout
    imports = [call["arguments"][-2:] for call in own.terraform_calls if call["arguments"][0] == "import"]
    assert imports == [["aws_iam_role.notes", "ml-p-abc123-notes"]]
    services = {call[0] for call in own.aws_calls}
    assert services & {"codepipeline", "codebuild", "sagemaker", "lambda"} == set()
    assert own.output == "destroyed-1.0.0\n"


def test_without_hooks_a_deletion_is_terraforms(own: Machine) -> None:
    own.stands()

    done = own.run("destroy")

    assert done.returncode == 0, done.stdout
    assert own.terraform_commands[-1] == "apply"
