"""A small campaign, in full: every place, every field, nothing executed and nothing but readable refusals."""

import importlib
import shutil
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

from hostile import campaign
from hostile.campaign import FULL, LAYERS, SMALL, Campaign
from hostile.case import Case, Field, unreadable
from hostile.fields import fields, good, sample, takes, templates
from hostile.kept import corpus
from hostile.layers import form, runner
from hostile.layers import terraform as asked
from hostile.room import Room, opened
from hostile.strategies import accepted, draw
from hostile.values import RAW, cases
from release.forms import product_folders, template_of
from tests.hostile.conftest import ROOT, SEED


@pytest.fixture(scope="module")
def done(terraform: Path) -> Campaign:
    with opened(ROOT) as room:
        return campaign.run(room, terraform, SMALL, SEED)


def test_nothing_is_executed_and_everything_is_refused_readably_or_carried(done: Campaign) -> None:
    assert [(one.layer, one.case.field.name, one.case.text, one.wrong) for one in done.wrong] == []


def test_every_field_of_every_form_is_tried_in_every_place_that_it_reaches(done: Campaign) -> None:
    tried = {(case.product, case.field.name) for case in done.cases}
    places: dict[str, set[str]] = {}
    for one in done.verdicts:
        places.setdefault(one.case.field.name, set()).add(one.layer)

    for folder in product_folders(ROOT / "service-catalog-setup" / "products"):
        names = yaml.safe_load(template_of(folder))["Parameters"]
        assert {name for product, name in tried if product == folder.name} == set(names)
    assert all({"form", "command", "runner", "builds"} <= found for found in places.values())
    assert places["GitRepoName"] == places["GitBranchName"] == set(LAYERS)
    assert all("Terraform" in found for name, found in places.items() if name != "RegisteredModels")


def test_both_answers_are_given_everywhere(done: Campaign) -> None:
    for layer in ("form", "runner", "Terraform", "seed function", "git host", "deletion"):
        answers = {one.refused is None for one in done.verdicts if one.layer == layer}
        assert answers == {True, False}, layer


def test_the_whole_campaign_is_large_enough(all_fields: list[Field]) -> None:
    assert FULL.values * len(all_fields) >= 10_500


def test_a_seed_tries_the_same_twice_and_another_one_differently(all_fields: list[Field]) -> None:
    first, again, other = (cases(all_fields[:2], 20, seed) for seed in (1, 1, 2))

    assert first == again
    assert {case.text for case in first} != {case.text for case in other}


def test_other_modules_change_no_values(all_fields: list[Field], tmp_path: Path) -> None:
    """Hypothesis draws constants of imported modules as well, unless told not to."""
    before = cases(all_fields[:2], 40, 1)
    constants = ", ".join(repr(f"constant-{number}") for number in range(500))
    (tmp_path / "many_constants.py").write_text(
        f"WORDS = [{constants}]\nNUMBERS = {list(range(100, 900, 3))}\n", "utf-8"
    )
    with patch.object(sys, "path", [str(tmp_path), *sys.path]), patch.dict(sys.modules):
        importlib.import_module("many_constants")
        after = cases(all_fields[:2], 40, 1)

    assert before == after


def test_the_corpus_is_tried_as_it_is(all_fields: list[Field]) -> None:
    kept = {text for texts in corpus().values() for text in texts}
    raw = int(FULL.values * RAW) * len(all_fields)

    assert len(kept) > 900
    assert raw >= len(kept)
    assert set(corpus()) >= {
        *("shell", "template", "json", "terraform", "path", "unicode", "control", "length"),
        *("yaml", "git", "url", "header", "csv", "sql", "option", "number"),
    }


@pytest.mark.parametrize("line", ["no quotes", "[1]", '{"text": "a"}'])
def test_a_line_of_the_corpus_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "shell.txt").write_text(f'# A comment\n"right"\n{line}\n', encoding="utf-8")

    with pytest.raises(ValueError, match=r"shell\.txt:3"):
        corpus(tmp_path)


def test_right_values_are_right(all_fields: list[Field]) -> None:
    for field in all_fields:
        assert takes(field.declaration, field.sample), field.name
        values = draw(accepted(field.declaration), 20, 3)
        assert values and all(takes(field.declaration, value) for value in values), field.name
    assert good(all_fields, "aurora-inference").keys() == {
        *("SageMakerProjectName", "SageMakerProjectId", "ClusterIdentifier", "EndpointNames"),
    }


def test_a_field_that_nobody_knows_gets_a_right_value_by_itself() -> None:
    declaration = {"Type": "String", "MinLength": 2, "MaxLength": 9, "AllowedPattern": "^(?!no)[a-z]+-(?:x|y)$"}

    assert takes(declaration, sample("Surprise", declaration))


def test_a_product_that_is_added_is_tried_with_nothing_else_changed(copied: Room, terraform: Path) -> None:
    products = copied.root / "service-catalog-setup" / "products"
    shutil.copytree(ROOT / "tests" / "products" / "invented", products / "team-note")
    forms = {"team-note": templates(products)["team-note"]}
    every = fields(forms)
    (note,) = [field for field in every if field.name == "Note"]
    unusual = (
        "no\u0301thing",
        "\u212a",
        "half \udb5a of a pair",
        '$(id) `id` "',
    )  # the first two are changed by NFC
    tried = cases(every, SMALL.values, SEED) + [Case("team-note", note, "unicode", text) for text in unusual]

    verdicts = form.try_all(forms, every, tried)
    found, handed = runner.try_all(copied, every, tried)
    verdicts += found + asked.try_all(copied, terraform, tried, handed)

    assert [(one.layer, one.case.field.name, one.case.text, one.wrong) for one in verdicts if one.wrong] == []
    answers = {(one.layer, one.case.text): one.refused is None for one in verdicts if one.case.field is note}
    assert all(answers[layer, '$(id) `id` "'] for layer in (form.LAYER, runner.LAYER, asked.LAYER))
    assert not answers[form.LAYER, "half \udb5a of a pair"]


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("The parameter Branch is not acceptable. Write a branch.", None),
        ("The parameter is not acceptable. Write another one.", "does not name the field"),
        ("Branch: no", "explains nothing"),
        ("The parameter Branch is not acceptable:\n$(x)", "not shown"),
        ("The parameter Branch must match (?:a|b) as a whole.", "pattern"),
    ],
)
def test_what_a_person_can_read(reason: str, wrong: str | None) -> None:
    found = unreadable(reason, ("Branch",), "a")

    assert (found is None) is (wrong is None)
    assert wrong is None or (found is not None and wrong in found)


def test_a_case_is_told_apart_by_everything_it_has(tried: list[Case]) -> None:
    assert len({(case.field.name, case.field.products, case.text) for case in tried}) == len(tried)
