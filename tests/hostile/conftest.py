"""A room, Terraform, and a small campaign's values; the mutants share them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hostile import campaign
from hostile.case import Case, Field
from hostile.fields import fields, templates
from hostile.room import Room, opened
from hostile.values import cases
from toolchain.locate import prepare

ROOT = Path(__file__).resolve().parents[2]
SEED = 1
PARTS = (
    *("service-catalog-setup/products", "service-catalog-setup/runner", "service-catalog-setup/teardown"),
    *("sagemaker-project-setup", "seed-code"),
)


@pytest.fixture(scope="session")
def terraform() -> Path:
    return prepare(ROOT)


@pytest.fixture(scope="session")
def all_fields() -> list[Field]:
    return fields(templates(ROOT / "service-catalog-setup" / "products"))


@pytest.fixture(scope="session")
def tried(all_fields: list[Field]) -> list[Case]:
    return cases(all_fields, campaign.SMALL.values, SEED)


@pytest.fixture
def room() -> Iterator[Room]:
    with opened(ROOT) as made:
        yield made


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Room]:
    """A room with a copy of this checkout."""
    checkout = tmp_path / "checkout"
    for part in PARTS:
        shutil.copytree(ROOT / part, checkout / part, symlinks=False, ignore=shutil.ignore_patterns(".terraform*"))
    with opened(checkout) as made:
        yield made


@pytest.fixture
def changed(copied: Room) -> Callable[[str, str, str], Room]:
    """A room whose checkout differs from this one in one place of one file."""

    def change(file: str, before: str, after: str) -> Room:
        path = copied.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{file} has {before!r} {text.count(before)} times"
        path.write_text(text.replace(before, after), encoding="utf-8")
        return copied

    return change
