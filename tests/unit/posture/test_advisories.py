"""Known vulnerabilities of locked packages are found, and old data says that it is old."""

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from posture import advisories
from posture.advisories import Pin, affects, check, extract, matches, pins

FIXED = {
    "ranges": [{"events": [{"introduced": "0"}, {"fixed": "2.11.3"}, {"introduced": "3.0"}, {"fixed": "3.1.2"}]}]
}


@pytest.mark.parametrize(
    ("affected", "version", "expected"),
    [
        (FIXED, "2.11.2", True),
        (FIXED, "2.11.3", False),
        (FIXED, "3.0", True),
        (FIXED, "3.1.2", False),
        ({"ranges": [{"events": [{"introduced": "1.0"}, {"last_affected": "1.4"}]}]}, "1.4", True),
        ({"ranges": [{"events": [{"introduced": "1.0"}, {"last_affected": "1.4"}]}]}, "1.4.1", False),
        ({"ranges": [{"events": [{"introduced": "1.0"}]}]}, "0.9", False),
        ({"versions": ["1.0"]}, "1.0", True),
        ({"versions": ["1.0"]}, "1.1", False),
    ],
)
def test_a_version_is_affected_or_not(affected: dict[str, Any], version: str, expected: bool) -> None:
    assert affects(affected, version) is expected


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "demo.txt").write_text(
        "Jinja2==2.11.2 \\\n    --hash=sha256:0\nrich[x]==15.0.0 ; a\n"
    )
    (tmp_path / "requirements" / "advisories.toml").write_text("")
    data = {
        "date": "2026-01-01",
        "asked": ["jinja2", "rich"],
        "packages": {"jinja2": [{"id": "PYSEC-1", "affected": [FIXED]}]},
    }
    (tmp_path / "requirements" / "advisories.json").write_text(json.dumps(data))
    return tmp_path


def test_a_vulnerable_pin_fails_until_there_is_a_reason(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    today = date(2026, 1, 2)
    assert pins(place) == [
        Pin("jinja2", "2.11.2", "requirements/demo.txt"),
        Pin("rich", "15.0.0", "requirements/demo.txt"),
    ]
    assert check(fresh=True, today=today, root=place) == 1
    said = capsys.readouterr().err
    assert "requirements/demo.txt: jinja2 2.11.2: PYSEC-1" in said
    assert "error: 1 finding(s), above. Lock a version" in said

    (place / "requirements" / "advisories.toml").write_text('PYSEC-1 = "The filter is not used here."\n')
    assert check(fresh=True, today=today, root=place) == 0
    said = capsys.readouterr()
    assert (
        "2 locked packages against 1 advisories of 2026-01-01 (1 days old): 1 match, 1 of them with a reason"
        in said.out
    )
    assert said.err == ""

    (place / "requirements" / "demo.txt").write_text("jinja2==3.1.6\n")
    assert check(fresh=True, today=today, root=place) == 1
    assert "PYSEC-1 is accepted and matches nothing" in capsys.readouterr().err


def test_old_data_says_so_and_is_not_enough_for_a_release(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "requirements" / "demo.txt").write_text("jinja2==3.1.6\n")
    late = date(2026, 4, 2)

    assert check(fresh=False, today=late, root=place) == 0
    said = capsys.readouterr().err
    assert said.startswith(
        "warning: the advisories in requirements/advisories.json are 91 days old, 90 are allowed"
    )
    assert check(fresh=True, today=late, root=place) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.endswith("make advisories RENEW=build/advisory-database\n")


def test_a_package_that_was_locked_later_is_not_passed_over(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "requirements" / "demo.txt").write_text("jinja2==3.1.6\nNewer_One==1.0\n")

    assert check(fresh=False, today=date(2026, 1, 2), root=place) == 1
    assert capsys.readouterr().err.startswith("error: newer-one: locked after the advisories")


def test_the_data_comes_from_a_checkout(tmp_path: Path) -> None:
    record = """
id: PYSEC-1
affected:
- package: {name: Some_Package, ecosystem: PyPI}
  ranges:
  - type: GIT
    events: [{introduced: abc}]
  - type: ECOSYSTEM
    events: [{introduced: '0'}, {fixed: '2'}]
  versions: ['1']
"""
    for name, text in (
        ("some-package/PYSEC-1.yaml", record),
        ("some-package/PYSEC-2.yaml", record.replace("affected:", "withdrawn: '2026-01-01'\naffected:", 1)),
        ("another/PYSEC-3.yaml", record),
    ):
        (tmp_path / "vulns" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "vulns" / name).write_text(text)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "x", "--date=2026-01-01T00:00:00Z"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)

    found = extract(tmp_path, ["some-package"])
    assert len(found["commit"]) == 40
    assert date.fromisoformat(found["date"])
    assert found["packages"] == {
        "some-package": [
            {"id": "PYSEC-1", "affected": [{"ranges": [{"events": [{"introduced": "0"}, {"fixed": "2"}]}]}]}
        ]
    }
    assert len(list(matches([Pin("some-package", "1.9", "x")], found, {}))) == 1


def test_the_projects_own_data_is_dated_and_attributed() -> None:
    data = json.loads(advisories.DATA.read_text(encoding="utf-8"))
    assert date.fromisoformat(data["date"])
    assert data["licence"].startswith("CC BY 4.0")
    assert len(data["packages"]) > 20
