"""Releases: the same content makes the same bytes, and release.json says what there is."""

import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from release import build as builder
from release.archives import sha256
from release.dependencies import BuildError, Target
from release.verify import problems
from tests.unit.release.conftest import set_times

Checkout = Callable[[str], Path]


pytestmark = pytest.mark.usefixtures("offline")


def _build(root: Path, target: Target | None = None) -> dict[str, Any]:
    return builder.build(root, root / "out", target or Target.aws("x86_64"), root / "cache")


def test_release_names_everything_by_its_content(checkout: Checkout) -> None:
    root = checkout("one")

    release = _build(root)

    assert json.loads((root / "out/release.json").read_text()) == release
    assert (release["schema"], release["version"]) == (1, "2.3.4")
    assert set(release["objects"]) == {
        "runner",
        "project-setup",
        "lambda-greet-people",
        "seed-example",
        "product-example",
    }
    for described in release["objects"].values():
        digest = sha256((root / "out" / described["file"]).read_bytes())
        assert described["sha256"] == digest
        assert described["key"] == f"objects/{digest}/{described['file']}"
    assert release["lambdas"] == {
        "greet_people": {
            "object": "lambda-greet-people",
            "handler": "greet_people.handler.handler",
            "runtime": "python3.13",
            "architecture": "x86_64",
            "compiled": False,
        }
    }
    assert release["seeds"] == {"example": {"object": "seed-example"}}
    assert release["products"] == {"example": {"object": "product-example"}}
    assert release["terraform"]["version"] == "1.11.4"
    assert len(release["terraform"]["sha256"]["linux_amd64"]) == 64
    assert problems(root / "out") == []


def test_folder_and_time_do_not_matter(checkout: Checkout) -> None:
    first, second = checkout("one"), checkout("elsewhere/two")
    set_times(first, 1_000_000_000)
    set_times(second, 1_700_000_001)

    assert _build(first) == _build(second)


def test_content_matters(checkout: Checkout) -> None:
    root = checkout("one")
    before = _build(root)["objects"]
    (root / "seed-code/example/repo/README.md").write_text("changed")

    after = _build(root)["objects"]

    assert {name for name in before if before[name] != after[name]} == {"seed-example"}


def test_archives_hold_what_belongs_in_them(checkout: Checkout) -> None:
    root = checkout("one")
    _build(root)

    with tarfile.open(root / "out/runner.tar.gz") as bundle:
        assert [(item.name, item.mode, item.mtime, item.uname) for item in bundle] == [
            ("runner.sh", 0o755, 315532800, "")
        ]
    with tarfile.open(root / "out/project-setup.tar.gz") as bundle:
        assert bundle.getnames() == [".terraform.lock.hcl", "main.tf"]
    with zipfile.ZipFile(root / "out/lambda-greet-people.zip") as zipped:
        assert zipped.namelist() == ["greet_people/__init__.py", "greet_people/handler.py", "one/__init__.py"]


def test_seed_keeps_modes_and_links(checkout: Checkout) -> None:
    root = checkout("one")
    _build(root)

    with zipfile.ZipFile(root / "out/seed-example.zip") as bundle:
        modes = {item.filename: oct(item.external_attr >> 16) for item in bundle.infolist()}
        assert bundle.read("repo/latest") == b"README.md"
    assert modes == {
        "repo/.github/workflows/test.yml": "0o100644",
        "repo/.gitignore": "0o100644",
        "repo/README.md": "0o100644",
        "repo/latest": "0o120777",
        "repo/run.sh": "0o100755",
        "seed.toml": "0o100644",
    }


def test_local_archive_is_tried_in_a_clean_interpreter(checkout: Checkout) -> None:
    root = checkout("one")

    assert _build(root, Target.here())["lambdas"]["greet_people"]["runtime"].startswith("python3.")

    (root / "lambdas/greet_people/handler.py").write_text("import pytest\n")
    with pytest.raises(BuildError, match=r"greet_people cannot be imported:[\s\S]*No module named 'pytest'"):
        _build(root, Target.here())


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [
        ("sagemaker-project-setup/.terraform.lock.hcl", "providers would not be pinned"),
        ("seed-code/example/seed.toml", "nothing to release"),
        ("lambdas/greet_people/handler.py", "nothing to release"),
    ],
)
def test_part_that_is_missing_is_named(checkout: Checkout, missing: str, complaint: str) -> None:
    root = checkout("one")
    (root / missing).unlink()

    with pytest.raises(BuildError, match=complaint):
        _build(root)
    assert not (root / "out/release.json").exists()


def test_lambda_that_grew_too_large(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "LARGEST_LAMBDA", 100)

    with pytest.raises(BuildError, match=r"more than 100: .*prune\.toml"):
        _build(checkout("one"))


def test_damaged_release_is_noticed(checkout: Checkout) -> None:
    root = checkout("one")
    _build(root)
    (root / "out/runner.tar.gz").write_bytes(b"something else")
    (root / "out/seed-example.zip").unlink()

    assert [problem.split(" has ")[0] for problem in problems(root / "out")] == [
        "runner: runner.tar.gz",
        "seed-example: seed-example.zip is missing",
    ]
    assert problems(root) == [
        f"release.json cannot be read: [Errno 2] No such file or directory: '{root}/release.json'"
    ]
