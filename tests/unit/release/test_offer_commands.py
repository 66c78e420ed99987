"""`python -m release offer` and `offered`."""

from pathlib import Path

import pytest

from release.__main__ import main
from release.offer import Offer, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path / "releases", tmp_path / "releases.auto.tfvars.json")
    for version in ("0.9.0", "1.0.0", "1.1.0"):
        made.place(version).mkdir(parents=True)
        (made.place(version) / "release.json").write_text(
            f'{{"schema": 1, "version": "{version}", "objects": {{}}}}'
        )
    made.write(Offer("1.1.0", ("1.0.0",)))
    return made


def _run(shelf: Shelf, *arguments: str) -> int:
    return main([*arguments, "--folder", str(shelf.folder), "--record", str(shelf.record)])


def test_shown(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(shelf, "offer", "--deprecate", "", "--drop", "") == 0
    said = capsys.readouterr().out
    assert "1.1.0        for new projects" in said
    assert "Not applied yet" not in said


def test_changed(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(shelf, "offer", "--retain", "0.9.0", "--deprecate", "0.9.0, 1.0.0") == 0
    assert shelf.offer() == Offer("1.1.0", ("0.9.0", "1.0.0"), frozenset({"0.9.0", "1.0.0"}))
    assert "Not applied yet: make plan, make deploy." in capsys.readouterr().out

    assert _run(shelf, "offer", "--renew", "1.0.0", "--drop", "0.9.0") == 0
    assert shelf.offer() == Offer("1.1.0", ("1.0.0",))


def test_a_bad_release_is_taken_back(shelf: Shelf) -> None:
    assert _run(shelf, "offer", "--drop", "1.1.0") == 0
    assert shelf.offer() == Offer("1.0.0")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--drop", "1.1.0 1.0.0"], "No release would be left"),
        (["--drop", "0.9.0"], "0.9.0 is not on offer"),
        (["--retain", "0.8.0"], 'make fetch VERSIONS="0.8.0"'),
    ],
)
def test_refused(shelf: Shelf, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(shelf, "offer", *arguments) == 1
    assert words in capsys.readouterr().err
    assert shelf.offer() == Offer("1.1.0", ("1.0.0",))


def test_what_is_missing_is_found_before_terraform_asks(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    (shelf.place("1.0.0") / "release.json").unlink()
    assert _run(shelf, "offered") == 1
    said = capsys.readouterr().err
    assert "1.0.0: " in said
    assert "make fetch" in said
    shelf.record.unlink()
    assert _run(shelf, "offered") == 0


def test_nothing_was_released_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Shelf(tmp_path / "a", tmp_path / "b")

    assert _run(empty, "offer", "--deprecate", "") == 0
    said = capsys.readouterr()
    assert "No release was made yet" in said.out
    assert "make release VERSION" in said.out
    assert said.err == ""

    assert _run(empty, "offer", "--drop", "1.0.0") == 1
    assert "Nothing can be changed: No release was made yet" in capsys.readouterr().err
