"""What docs/security.md names is there: tests, tables, commands, and each part of what has to hold."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
PATHS = [name for name in NAMED if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", name) and not name.startswith("deploy/")]
# A file of the one named before it, in the same cell.
FILES = [name for name in NAMED if re.fullmatch(r"test_\w+\.py", name)]
COMMANDS = [name.split()[1] for name in NAMED if name.startswith("make ")]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_named_exists(path: str) -> None:
    of_each_seed = list((ROOT / "seed-code").glob(f"*/repo/{path}"))
    assert (ROOT / path).exists() or len(of_each_seed) == len(list((ROOT / "seed-code").iterdir()))


@pytest.mark.parametrize("name", FILES)
def test_a_test_that_is_named_exists(name: str) -> None:
    assert list((ROOT / "tests").rglob(name))


@pytest.mark.parametrize("target", COMMANDS)
def test_a_command_that_is_named_exists(target: str) -> None:
    pattern = "_test-journey" if target == "_test-journey" else re.escape(target)
    assert re.search(rf"^{pattern}:|^\.PHONY:.*\b{pattern}\b", MAKEFILE, re.MULTILINE)


def test_rows_of_threats_name_something_that_shows_it() -> None:
    section = PAGE.split("## Threats")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][1:]

    assert len(rows) >= 15
    assert [row[0] for row in rows if len(row) != 3 or "`" not in row[2]] == []


@pytest.mark.parametrize("part", ["1", "2", "3", "4", "5", "6", "7", "8"])
def test_a_part_has_a_command_that_prints_its_figures(part: str) -> None:
    assert re.search(rf"^\| {part} [\w ]+\| `make [^`]+` \|", PAGE, re.MULTILINE)


def test_isolation_that_is_named_is_tried() -> None:
    tried = (ROOT / "iam" / "isolation.toml").read_text(encoding="utf-8")
    for name in re.findall(r"`iam/isolation\.toml` \(\*([^*]+)\*\)", PAGE):
        assert name in tried, name


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(((?!https?:)[^)#]+)(?:#[^)]*)?\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
