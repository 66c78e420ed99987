"""One check, one pair of quotes, one encoding taken away at a time: the campaign notices each."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from seed_repository import events

from hostile.case import Case, Field, Verdict
from hostile.fields import fields, templates
from hostile.layers import build, form, git_host, runner, seed
from hostile.layers import terraform as asked
from hostile.layers.names import Event
from hostile.room import Room

Changed = Callable[[str, str, str], Room]
PRODUCTS = "service-catalog-setup/products"
TEMPLATE = f"{PRODUCTS}/model-build/template.yaml"
PARAMETERS = "service-catalog-setup/runner/parameters.sh"
HANDED: dict[str, Any] = {
    "project": {
        "id": "p-abc123",
        "name": "Kite",
        "repository": "my-team/kite",
        "branch": "main",
        "repository_url": "https://github.com/my-team/kite",
        "connection_arn": (
            "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
        ),
    }
}
PATHS = {
    name: ("project", key)
    for name, key in {
        "SageMakerProjectId": "id",
        "SageMakerProjectName": "name",
        "GitRepoName": "repository",
        "GitBranchName": "branch",
        "GitRepoURL": "repository_url",
        "CodeStarConnectionArn": "connection_arn",
    }.items()
}
EVENT: Event = {
    "project": {"name": "Kite", "id": "p-abc123"},
    "repository": {"full_name": "my-team/kite", "url": "https://github.com/my-team/kite", "branch": "main"},
    "host": {"base_url": "https://github.com", "api_url": "https://api.github.com"},
    "seed": {"name": "model-build", "release": "1.0.0", "bucket": "seeds", "key": "seed.zip", "sha256": "a" * 64},
    "credential": {"secret_arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:github"},
    "context": {
        "region": "eu-west-1",
        "account_id": "111122223333",
        "model_package_group_name": "Kite-p-abc123",
        "pipeline_name": "Kite-p-abc123",
        "artifact_bucket": "ml-p-abc123-111122223333-eu-west-1",
    },
}


def of(tried: Iterable[Case], product: str, *names: str) -> list[Case]:
    """The cases of some fields, as if all of them had been typed on one product's form."""
    return [
        Case(product, case.field, case.kind, case.text)
        for case in tried
        if product in case.field.products and (not names or case.field.name in names)
    ]


def wrong(verdicts: Iterable[Verdict]) -> str:
    return "; ".join(sorted({one.wrong for one in verdicts if one.wrong is not None}))


def form_of(room: Room, tried: list[Case]) -> list[Verdict]:
    forms = templates(room.root / PRODUCTS)
    return form.try_all(forms, fields(forms), [_as_declared(case, forms) for case in tried])


def _as_declared(case: Case, forms: dict[str, dict[str, Any]]) -> Case:
    declared = forms[case.product]["Parameters"][case.field.name]
    field = Field(case.field.name, declared, case.field.products, case.field.sample)
    return Case(case.product, field, case.kind, case.text)


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        ("GitBranchName", r"^(?!.*\.lock(?:/|$))[A-Za-z0-9_][A-Za-z0-9_-]*(?:[./][A-Za-z0-9_-]+)*$"),
        ("SageMakerProjectName", "^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$"),
    ],
)
def test_a_form_that_takes_anything(changed: Changed, tried: list[Case], field: str, pattern: str) -> None:
    room = changed(TEMPLATE, f"AllowedPattern: {pattern}", 'AllowedPattern: "(?s).*"')

    assert "the form takes what is more than" in wrong(form_of(room, of(tried, "model-build", field)))


def test_a_refusal_without_words(changed: Changed, tried: list[Case]) -> None:
    words = (
        "    ConstraintDescription: >-\n"
        "      A branch has up to 100 letters, digits, dashes, underscores, and single dots and slashes between "
        "them, and does not\n      begin with a dash or end in .lock. Examples are main and feature/new-model.\n"
    )
    room = changed(TEMPLATE, words, "")

    assert "a pattern instead of words" in wrong(form_of(room, of(tried, "model-build", "GitBranchName")))


def test_a_command_that_holds_what_was_typed(changed: Changed, tried: list[Case], all_fields: list[Field]) -> None:
    before = "            Branch:\n              Fn::Base64:\n                Ref: GitBranchName\n"
    room = changed(TEMPLATE, before, "            Branch:\n              Ref: GitBranchName\n")
    forms = {"model-build": templates(room.root / PRODUCTS)["model-build"]}

    cases = of(tried, "model-build", "GitBranchName")
    ending = Case("model-build", cases[0].field, "shell", "x\nEND\ncanary\n")

    found = wrong(build.try_all(room, forms, all_fields, [ending, *cases], 40))

    assert "was executed" in found
    assert "does not carry the values as base64" in found


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (
            (
                "  parameter_matches GitBranchName '^[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$' "
                '"Write a branch such as main or feature/new-model." 100\n',
                "",
            ),
            "the runner takes what the form refuses",
        ),
        (
            ("    parameters[$name]=${value%x}\n", '    eval "parameters[$name]=${value%x}"\n'),
            "was executed",
        ),
        (
            ('    parameter_is_whole "$name" "${line#*=}" || parameters_damaged "$name is not text"\n', ""),
            "what is written is",
        ),
        (
            ('is not acceptable. $3"', 'is not acceptable. $3 It is $value."'),
            "the refusal holds characters that are not shown",
        ),
        (
            ('fail "The parameter $1 is not acceptable. $3"', 'fail "Something is not acceptable. $3"'),
            "does not name the field",
        ),
    ],
    ids=["unchecked", "evaluated", "half a value", "repeated", "not named"],
)
def test_a_runner_without_a_check(
    changed: Changed, tried: list[Case], all_fields: list[Field], change: tuple[str, str], noticed: str
) -> None:
    room = changed(PARAMETERS, *change)

    verdicts, _ = runner.try_all(room, all_fields, of(tried, "model-build", "GitBranchName"))

    assert noticed in wrong(verdicts)


def test_a_runner_that_does_not_escape(changed: Changed, tried: list[Case], all_fields: list[Field]) -> None:
    room = changed(
        "service-catalog-setup/runner/json.sh",
        'if (c == "\\"" || c == "\\\\") { out = out "\\\\" c; continue }',
        "",
    )

    verdicts, _ = runner.try_all(room, all_fields, of(tried, "model-build", "GitBranchName"))

    assert "what is written is" in wrong(verdicts)


def test_a_hook_that_asks_before_anything_is_checked(
    changed: Changed, tried: list[Case], all_fields: list[Field]
) -> None:
    hooks = f"{PRODUCTS}/aurora-inference/terraform/hooks.sh"
    room = changed(hooks, "  parameter_matches ClusterIdentifier", "  : ClusterIdentifier")

    verdicts, _ = runner.try_all(room, all_fields, of(tried, "aurora-inference", "ClusterIdentifier"))

    assert "a hook gives the AWS CLI what the form refuses" in wrong(verdicts)


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (
            ('can(regex("^[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$", var.project.branch)) &&', "true &&"),
            "Terraform takes what the form refuses",
        ),
        (
            ('"project.branch must be a branch name', '"${var.project.branch} is no name for project.branch'),
            "the refusal holds characters that are not shown",
        ),
    ],
    ids=["unchecked", "repeated"],
)
def test_terraform_without_a_condition(
    changed: Changed, terraform: Path, tried: list[Case], change: tuple[str, str], noticed: str
) -> None:
    room = changed("sagemaker-project-setup/variables.tf", *change)
    handed = {"model-build": runner.Handed(HANDED, PATHS)}

    verdicts = asked.try_all(room, terraform, of(tried, "model-build", "GitBranchName"), handed)

    assert noticed in wrong(verdicts)


def test_a_seed_that_holds_a_value_without_quotes(changed: Changed, tried: list[Case]) -> None:
    pipeline = "seed-code/model-build/repo/pipeline.toml"
    room = changed(pipeline, 'name = "@{ project_name }@"\nid', "name = @{ project_name }@\nid")

    # Right ones are enough: whatever is no number is not TOML any more.
    right = [replace(case, text="Kite") for case in of(tried, "model-build", "SageMakerProjectName")[:1]]

    verdicts, _ = seed.try_all(room, right, EVENT)

    assert "cannot be read any more" in wrong(verdicts)


def test_a_function_that_takes_any_name(monkeypatch: pytest.MonkeyPatch, room: Room, tried: list[Case]) -> None:
    monkeypatch.setattr(git_host, "path_of", lambda name: f"/repos/{quote(name)}")

    verdicts = git_host.try_all(room, of(tried, "model-build", "GitRepoName"), [], EVENT)

    assert "its address is" in wrong(verdicts)


def test_a_function_that_takes_letters_for_others(
    monkeypatch: pytest.MonkeyPatch, room: Room, all_fields: list[Field]
) -> None:
    """The Kelvin sign is a k in lower case: an address with it was once taken for the repository's."""
    [field] = [one for one in all_fields if one.name == "GitRepoURL" and "model-build" in one.products]
    cases = [Case("model-build", field, "unicode", "https://github.com/my-team/\u212aite")]

    assert wrong(seed.try_all(room, cases, EVENT)[0]) == ""
    monkeypatch.setattr(events, "_ADDRESS", re.compile("(?s).*"))
    assert "takes what the form refuses" in wrong(seed.try_all(room, cases, EVENT)[0])


def test_a_function_that_renders_what_it_has_rendered(
    monkeypatch: pytest.MonkeyPatch, room: Room, tried: list[Case]
) -> None:
    original = seed.render

    def twice(seed_: Any, values: Any) -> Any:
        once = original(seed_, values)
        return original(type(seed_)(seed_.manifest, once), values)

    monkeypatch.setattr(seed, "render", twice)
    one = tried[0].field
    cases = [Case("model-build", one, "template", "@{ 7 * 191 }@")]

    assert "unchecked it is rendered as '<1337>" in wrong(seed.try_all(room, cases, EVENT)[0])


@pytest.mark.parametrize(
    "change",
    [
        (
            "seed-code/model-build/repo/buildspec.yml",
            '- echo "Commit ${CODEBUILD_RESOLVED_SOURCE_VERSION} of ${SAGEMAKER_PROJECT_NAME}"',
            '- eval "echo Commit ${CODEBUILD_RESOLVED_SOURCE_VERSION} of ${SAGEMAKER_PROJECT_NAME}"',
        ),
        (
            "service-catalog-setup/teardown/buildspec.yml",
            "tr ' ' '\\n' <<<\"$PARAMETERS\" >parameters",
            'for one in $PARAMETERS; do echo "$one"; eval "$(base64 -d <<<"${one#*=}")" || :; done >parameters',
        ),
    ],
    ids=["seed", "deletion"],
)
def test_a_build_that_evaluates(
    changed: Changed, tried: list[Case], all_fields: list[Field], change: tuple[str, str, str]
) -> None:
    room = changed(*change)
    forms = {"model-build": templates(room.root / PRODUCTS)["model-build"]}

    verdicts = build.try_all(room, forms, all_fields, of(tried, "model-build"), 40)

    assert "was executed" in wrong(verdicts)
