"""Compiled archives: same source, same bytes; nothing but docstrings is lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release.archives import Entry
from release.bytecode import compiled, interpreter_of
from release.dependencies import BuildError, Target

SOURCE = b'''"""About the module."""

class Thing:
    """About the class."""

def check(value):
    """About the function."""
    assert value, "asserted"
    return "kept"

def nothing():
    """Only this."""
'''
ENTRIES = [Entry("thing/__init__.py", 0o100644, SOURCE), Entry("thing/data.txt", 0o100644, b"data")]


def _run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for entry in compiled(ENTRIES, sys.executable):
        place = tmp_path / entry.name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(entry.content)
    return tmp_path


def test_modules_take_the_place_of_their_sources(folder: Path) -> None:
    assert sorted(path.name for path in (folder / "thing").iterdir()) == ["__init__.pyc", "data.txt"]
    done = _run(folder, "import thing; print(thing.check(1), thing.nothing(), thing.__doc__, thing.Thing.__doc__)")
    assert done.stdout.strip() == "kept None None None"


def test_asserts_and_line_numbers_stay(folder: Path) -> None:
    done = _run(folder, "import thing; thing.check(0)")

    assert 'File "thing/__init__.py", line 8, in check' in done.stderr
    assert "AssertionError: asserted" in done.stderr


def test_same_source_makes_the_same_bytes() -> None:
    assert compiled(ENTRIES, sys.executable) == compiled(ENTRIES, sys.executable)


def test_source_that_is_none_stops_the_build() -> None:
    with pytest.raises(BuildError, match=r"bad\.py"):
        compiled([Entry("bad.py", 0o100644, b"def (")], sys.executable)


def test_interpreter_of_another_version_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interpreter_of(Target.here()) == sys.executable
    assert interpreter_of(Target.aws("x86_64")) is None

    impostor = tmp_path / "python3.13"
    impostor.write_text("#!/bin/sh\necho 3.12\n")
    impostor.chmod(0o755)
    assert interpreter_of(Target.aws("x86_64")) is None
    impostor.write_text("#!/bin/sh\necho 3.13\n")
    assert interpreter_of(Target.aws("x86_64")) == str(impostor)
