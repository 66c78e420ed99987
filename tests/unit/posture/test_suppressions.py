"""Whatever a scanner may not show has its reason beside it."""

from pathlib import Path

import pytest
import yaml

from posture import suppressions
from posture.suppressions import Suppression, all_of, files, of_settings, of_text


def test_every_suppression_of_the_repository_says_why() -> None:
    found = all_of(files())

    assert {item.scanner for item in found} == {"checkov", "bandit", "ruff", "secrets"}
    assert [f"{item.place} {item.rule}" for item in found if not item.explained] == []


@pytest.mark.parametrize(
    ("line", "scanner", "rule"),
    [
        ("  #checkov:skip=CKV_AWS_1:", "checkov", "CKV_AWS_1"),
        ("  #checkov:skip=CKV_AWS_1:As above.", "checkov", "CKV_AWS_1"),
        ("run()  # nosec", "bandit", ""),
        ("run()  # nosec B603", "bandit", "B603"),
        ("run()  # noqa: S603", "ruff", "S603"),
        ("run()  # noqa: PLR0911, S603 - because", "ruff", "PLR0911, S603"),
        ("key = 1  # pragma: allowlist secret", "secrets", "secret"),
    ],
)
def test_one_without_a_reason_is_found(line: str, scanner: str, rule: str) -> None:
    (found,) = of_text("file", f"before\n{line}\n")
    assert (found.scanner, found.place, found.rule, found.explained) == (scanner, "file:2", rule, False)


@pytest.mark.parametrize(
    "line",
    [
        "  #checkov:skip=CKV_AWS_1:Metrics know no resources.",
        "run()  # nosec B603 - a list, never a shell",
        "run()  # noqa: S310 # nosec B310 - https only",
        "run()  # nosec B310 # noqa: S310 - https only",
        "key = 1  # pragma: allowlist secret - made up",
    ],
)
def test_one_with_a_reason_is_not(line: str) -> None:
    found = list(of_text("file", line))
    assert found
    assert all(item.explained for item in found)


def test_settings_of_the_scanners_count(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.bandit]\n# Lists of words, never a shell.\nskips = ["B603"]\n')
    (tmp_path / ".checkov.yaml").write_text("directory: [x]\nskip-check:\n  - CKV_AWS_1\n")
    (tmp_path / "Makefile").write_text("\t@hook detect-secrets-hook --disable-plugin Entropy\n")

    assert [(item.scanner, item.rule, item.explained) for item in of_settings(tmp_path)] == [
        ("bandit", "B603", True),
        ("checkov", "CKV_AWS_1", False),
        ("secrets", "Entropy", False),
    ]


def test_the_command_fails_for_one_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Suppression("bandit", "a.py:1", "B603", "")
    monkeypatch.setattr(suppressions, "all_of", lambda _: [bare])
    assert suppressions.main() == 1
    assert "a.py:1: bandit leaves B603 alone" in capsys.readouterr().err

    monkeypatch.setattr(suppressions, "all_of", lambda _: [Suppression("bandit", "a.py:1", "B603", "no shell")])
    assert suppressions.main() == 0
    assert "left alone with a reason where they stand: 1 (bandit 1)" in capsys.readouterr().out


def test_checkov_looks_at_everything() -> None:
    """Of several directories it looks at the first one, as often as there are directories."""
    settings = yaml.safe_load((suppressions.ROOT / ".checkov.yaml").read_text(encoding="utf-8"))

    assert settings["directory"] == ["."]
    assert settings["skip-path"] == ["tests/", "build/"]
