"""What the pages tell people to type: targets of make and their variables, operations of AWS and their options."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAGES = (
    *("README.md", "foundation/README.md", "localcloud/handout.py"),
    *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
)
# Of the words after "make", only those that begin a command: in backquotes, or at the start of a line of a block.
MAKE = re.compile(r"(?:`|^\s*|&& )make ([a-z][a-z-]*)((?: [A-Z_]+=(?:\"[^\"]*\"|[^\s`]*))*)", re.MULTILINE)
BLOCK = re.compile(r"^```shell\n(.*?)^```", re.DOTALL | re.MULTILINE)
GLOBAL = {"--output", "--query", "--profile", "--region"}


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_exists_and_its_variables_are_known(page: str) -> None:
    for target, given in MAKE.findall(text(page)):
        assert re.search(rf"^{target}:.* ## ", MAKEFILE, re.MULTILINE), f"make {target}"
        for variable in re.findall(r" ([A-Z_]+)=", given):
            assert f"$({variable})" in MAKEFILE, f"make {target} {variable}="


def test_pages_name_targets_at_all() -> None:
    named = {target for page in PAGES for target, _ in MAKE.findall(text(page))}

    assert {"up", "deploy", "outputs", "projects", "destroy", "down", "releases", "fetch", "hostile"} <= named


@cache
def options(service: str, operation: str) -> set[str]:
    """The options of a command of the AWS CLI, by botocore's model."""
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape: Any = model.operation_model(names[operation]).input_shape
    return {f"--{xform_name(member, '-')}" for member in shape.members} if shape else set()


def commands(page: str) -> list[list[str]]:
    """The words of every command of the AWS CLI in a page's blocks, lines that go on put together."""
    blocks = "\n".join(BLOCK.findall(text(page))).replace("\\\n", " ")
    return [line.split() for line in re.findall(r"\baws (.*)", blocks)]


@pytest.mark.parametrize("page", ["README.md", "docs/how-to-add-a-template.md"])
def test_every_command_of_aws_is_an_operation_with_these_options(page: str) -> None:
    found = commands(page)

    assert len(found) >= 2
    for line in found:
        service, operation = line[2:4] if line[0] == "--profile" else line[:2]
        asked = {word for word in line if re.fullmatch(r"--[a-z-]+", word)} - GLOBAL
        assert asked <= options(service, operation), f"aws {service} {operation}"
