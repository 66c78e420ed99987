"""Seeds of an organization: what is found before any project gets them."""

import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from seed_repository.settings import Settings

from release.__main__ import main
from release.seed_check import check_seed
from release.seed_source import SeedNotFound, read_seed

TOML = """
name = "risk-model"
description = "A seed of our own"
templates = ["README.md", "src/**"]
verbatim = ["src/kept.tmpl"]

[placeholders.project_name]
description = "Name of the project"
sample = "Fraud"

[placeholders.team]
description = "Who answers questions"
default = "risk"
"""
Files = dict[str, str | bytes]
GOOD: Files = {
    "README.md": "# @{ project_name }@\n\nAsk @{ team }@.\n",
    "src/@{ project_id }@/model.py": "PIPELINE = '@{ pipeline_name }@'\n",
    "src/kept.tmpl": "@{ kept }@\n",
    "run.sh": "#!/bin/sh\n",
    "image.bin": b"\0@{ not text }@",
}


@pytest.fixture
def seed(tmp_path: Path) -> Callable[..., Path]:
    """Makes a seed's folder: the good files, and others on top."""

    def make(toml: str = "", *, replace: tuple[str, str] = ("", ""), **files: str | bytes) -> Path:
        folder = tmp_path / "risk-model"
        for path, content in {**GOOD, **files}.items():
            place = folder / "repo" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        (folder / "repo/run.sh").chmod(0o755)
        (folder / "seed.toml").write_text(TOML.replace(*replace) + toml if replace[0] else TOML + toml)
        return folder

    return make


def _problems(folder: Path) -> list[str]:
    return check_seed(read_seed(str(folder))).problems


def test_good_seed_is_listed_archived_and_ready_to_be_named(
    seed: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("release.__main__.ROOT", tmp_path)

    assert main(["seed-check", str(seed())]) == 0

    shown = capsys.readouterr().out
    archive = tmp_path / "build/seeds/risk-model.zip"
    assert "src/p-abc123def456/model.py" in shown
    assert "program         10  run.sh" in shown
    assert f'risk-model = {{ archive = "{archive}", sha256 = "' in shown
    assert set(zipfile.ZipFile(archive).namelist()) >= {"seed.toml", "repo/README.md", "repo/run.sh"}
    assert main(["seed-check", str(archive)]) == 0


@pytest.mark.parametrize(
    ("toml", "files", "problem"),
    [
        ("[checks]\nmax_files = 2\n", {}, r"5 files; its own limit \(checks.max_files\) is 2"),
        ("[checks]\nmax_bytes = 10\n", {}, "its own limit .checks.max_bytes. is 10"),
        ("[checks]\nfiles = ['README.md', 'gone']\n", {}, "gone is missing: checks.files lists it"),
        ("[checks]\nfiles = ['README.md']\n", {}, "image.bin is not in checks.files"),
        ("[placeholders.mine]\ndescription = 'x'\nsample = 'y'\n", {}, "Placeholder mine has no default"),
        ("surprise = 1\n", {}, "surprise: Extra inputs are not permitted"),
        ("", {"README.md": "@{ nobody }@"}, "README.md, line 1 does not render: 'nobody' is undefined"),
        ("", {"README.md": "\n\n@% if %@"}, "README.md, line 3 does not render"),
        ("", {"config.yml": "a: b\nname: @{ project_name }@\n"}, "config.yml, line 2, holds a placeholder"),
        ("", {"README.md": "@{ '@' ~ '{ x }' ~ '@' }@"}, "README.md, line 1, still holds a placeholder"),
        (
            "",
            {"a.py": "key = 'AKIAABCDEFGHIJKLMNOP'\n"},  # pragma: allowlist secret - made up
            "a.py, line 1, seems to hold an AWS access key",
        ),
        ("", {"id_rsa": "\n-----BEGIN RSA PRIVATE KEY-----\n"}, "id_rsa, line 2, seems to hold a private key"),
        ("", {"a.cfg": "url = https://me:hunter2@example.com/x\n"}, "a password in an address"),
        ("", {"readme.md": "x"}, "README.md and readme.md are one file"),
        ("", {".git/config": "x"}, None),
    ],
)
def test_problem_is_found_and_explained(
    seed: Callable[..., Path], toml: str, files: Files, problem: str | None
) -> None:
    if toml == "surprise = 1\n":
        folder = seed(replace=("templates", "surprise = 1\ntemplates"), **files)
    else:
        folder = seed(toml, **files)

    found = _problems(folder)

    if problem is None:
        assert found == []
    else:
        assert len(found) >= 1
        assert any(re.search(problem, text) for text in found), found


def test_all_that_does_not_render_is_reported_at_once(seed: Callable[..., Path]) -> None:
    folder = seed(
        replace=('"README.md"', '"README.md", "docs/*"'),
        **{
            "README.md": "one\n@{ nobody }@",
            "src/bad.py": "@% if %@",
            "src/@{ team }@/@{ where }@/a.py": "x",
            "src/@{ team }@/@{ where }@/b.py": "@{ team }@",
        },
    )

    found = _problems(folder)

    assert len(found) == 4, found
    advice = "Correct the name, or declare it as a placeholder in seed.toml."
    assert f"The seed's template README.md, line 2 does not render: 'nobody' is undefined. {advice}" in found
    assert any(text.startswith("The seed's template src/bad.py, line 1 does not render") for text in found)
    path = "The seed's path 'src/@{ team }@/@{ where }@' does not render: 'where' is undefined."
    assert f"{path} {advice}" in found
    assert any("'docs/*' in templates names no file" in text for text in found)


def test_secret_is_not_repeated_and_may_be_excused(seed: Callable[..., Path]) -> None:
    secret = "AKIAABCDEFGHIJKLMNOP"  # pragma: allowlist secret - made up

    assert secret not in str(_problems(seed(**{"tests/fake.py": secret})))
    assert _problems(seed("[checks]\nnot_secret = ['tests/**']\n", **{"tests/fake.py": secret})) == []


def test_pattern_that_names_nothing_is_found(seed: Callable[..., Path]) -> None:
    (problem,) = _problems(seed(replace=('"README.md"', '"README.md", "docs/*"')))

    assert "'docs/*' in templates names no file" in problem


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("../../outside", "outside the repository"),
        ("/etc/passwd", "outside the repository"),
        ("gone", "does not hold"),
    ],
)
def test_link_that_leads_nowhere_is_found(seed: Callable[..., Path], target: str, problem: str) -> None:
    folder = seed()
    (folder / "repo/link").symlink_to(target)

    assert problem in _problems(folder)[0]


def test_link_to_a_file_or_a_rendered_folder_is_good(seed: Callable[..., Path]) -> None:
    folder = seed()
    (folder / "repo/link").symlink_to("src/p-abc123def456")
    (folder / "repo/src/up").symlink_to("../README.md")

    assert _problems(folder) == []


def test_executables_and_workflows_are_hints(seed: Callable[..., Path]) -> None:
    folder = seed(**{"tool": "#!/usr/bin/env python3\n", ".github/workflows/x.yml": "on: push\n"})
    (folder / "repo/README.md").chmod(0o755)

    found = check_seed(read_seed(str(folder)))

    assert found.problems == []
    assert len(found.hints) == 3


def test_too_large_a_seed_is_refused(seed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("release.seed_check.Settings", lambda: Settings(max_files=1))

    assert "at most 1 files" in _problems(seed())[0]


def test_archive_in_s3_is_checked_there(
    seed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="seeds")
        client.put_object(Bucket="seeds", Key="risk/model.zip", Body=read_seed(str(seed())))

        assert main(["seed-check", "s3://seeds/risk/model.zip"]) == 0
        assert main(["seed-check", "s3://seeds/nothing.zip"]) == 1
    shown = capsys.readouterr()
    assert 'archive = "s3://seeds/risk/model.zip"' in shown.out
    assert "cannot be read" in shown.err


def test_place_without_a_seed_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SeedNotFound, match=r"has no seed\.toml"):
        read_seed(str(tmp_path))
    with pytest.raises(SeedNotFound, match="There is no"):
        read_seed(str(tmp_path / "nothing"))
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert "cannot be read" in check_seed(read_seed(str(tmp_path / "no.zip"))).problems[0]


def test_preview_shows_what_a_project_gets(seed: Callable[..., Path], tmp_path: Path) -> None:
    folder = seed()
    (folder / "repo/link").symlink_to("README.md")
    out = tmp_path / "out"

    assert main(["seed-preview", str(folder), str(out), "--set", "team=fraud"]) == 0

    assert (out / "README.md").read_text() == "# Fraud\n\nAsk fraud.\n"
    assert (out / "src/p-abc123def456/model.py").is_file()
    assert (out / "src/kept.tmpl").read_text() == "@{ kept }@\n"
    assert os.access(out / "run.sh", os.X_OK)
    assert not os.access(out / "README.md", os.X_OK)
    assert (out / "link").readlink() == Path("README.md")


def test_preview_hints_at_secrets(
    seed: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "AKIAABCDEFGHIJKLMNOP"  # pragma: allowlist secret - made up

    assert main(["seed-preview", str(seed(**{"a.py": f"\n{secret}"})), str(tmp_path / "out")]) == 0

    shown = capsys.readouterr().out
    assert "hint: a.py, line 2, seems to hold an AWS access key." in shown
    assert secret not in shown


def test_preview_refuses_a_name_that_the_seed_does_not_have(
    seed: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seed-preview", str(seed()), str(tmp_path / "out"), "--set", "taem=fraud"]) == 1

    assert "The seed has no taem; it has " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_preview_overwrites_nothing(seed: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("precious")

    assert main(["seed-preview", str(seed()), str(out)]) == 1
    assert [path.name for path in out.iterdir()] == ["mine"]


def test_the_releases_own_seeds_are_good() -> None:
    root = Path(__file__).resolve().parents[3]
    for toml in root.glob("seed-code/*/seed.toml"):
        assert _problems(toml.parent) == []
