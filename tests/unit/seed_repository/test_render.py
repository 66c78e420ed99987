"""Rendering: what is a template, what is kept, what is refused."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from seed_repository.errors import SeedInvalid, TemplateInvalid
from seed_repository.render import render
from seed_repository.seed import Mode, open_archive
from seed_repository.settings import Settings

from release.archives import Entry, zip_archive
from tests.unit.seed_repository.git_server import git

VALUES = {"name": "Churn", "id": "p-1"}
FILE, EXECUTABLE, LINK = stat.S_IFREG | 0o644, stat.S_IFREG | 0o755, stat.S_IFLNK | 0o777


def _archive(files: Mapping[str, str | bytes], manifest: str = 'templates = ["**"]', mode: int = FILE) -> bytes:
    toml = f'name = "example"\ndescription = "One"\n{manifest}\n'
    entries = [Entry("seed.toml", FILE, toml.encode())]
    entries += [
        Entry(f"repo/{path}", mode, content if isinstance(content, bytes) else content.encode())
        for path, content in files.items()
    ]
    return zip_archive(entries)


def _render(archive: bytes, values: Mapping[str, str] = VALUES) -> dict[str, bytes]:
    return {file.path: file.content for file in render(open_archive(archive, Settings()), values)}


def test_templates_are_rendered_and_everything_else_is_kept() -> None:
    files = {"a.md": "Hello @{ name }@\n", "b.py": "Hello @{ name }@\n", "c/d.md": "@{ id }@"}

    rendered = _render(_archive(files, 'templates = ["*.md"]'))

    assert rendered == {"a.md": b"Hello Churn\n", "b.py": b"Hello @{ name }@\n", "c/d.md": b"@{ id }@"}


def test_neighbouring_template_languages_survive() -> None:
    text = (
        "${{ github.sha }} {{ jinja }} {% raw %} ${shell} $(make) #{ruby} <%= erb %> {#x#} user@host @decorator\n"
    )

    assert _render(_archive({"a": text})) == {"a": text.encode()}


def test_blocks_leave_no_empty_lines_and_comments_no_trace() -> None:
    source = "@# why #@\n@% for n in [1, 2] %@\n- @{ n }@\n@% endfor %@\nend"

    assert _render(_archive({"a": source})) == {"a": b"- 1\n- 2\nend"}


@pytest.mark.parametrize("source", ["@{ name }@\r\nnext\r\n", "@{ name }@\nnext\n", "@{ name }@"])
def test_line_endings_are_kept(source: str) -> None:
    assert _render(_archive({"a": source})) == {"a": source.replace("@{ name }@", "Churn").encode()}


def test_values_are_not_rendered_again_and_not_escaped() -> None:
    values = {"name": "@{ id }@ <b>&\"'\n@% if"}

    assert _render(_archive({"a": "@{ name }@"}), values) == {"a": values["name"].encode()}


def test_names_of_files_and_folders_are_rendered() -> None:
    assert _render(_archive({"@{ id }@/x-@{ name }@.txt": "text"}, "")) == {"p-1/x-Churn.txt": b"text"}


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("one\ntwo @{ nowhere }@\n", 2, "'nowhere' is undefined"),
        ("one\n\n@% if name %@\n", 3, "end of template"),
        ("@{ name.__class__.__mro__ }@", 1, "unsafe"),
        ("\n@{ name.nothing }@", 2, "no attribute"),
        ("\n\n@{ 1 / 0 }@", 3, "division by zero"),
        ("@{ name + 1 }@", 1, "concatenate|must be str"),
        ("@{ range(999999999) }@", 1, "range"),
        ("@{ cycler }@", 1, "undefined"),
        ("@% include 'other' %@", 1, "loader"),
    ],
)
def test_errors_name_file_and_line(source: str, line: int, reason: str) -> None:
    with pytest.raises(TemplateInvalid, match=reason) as caught:
        _render(_archive({"docs/a.md": source}))
    assert (caught.value.path, caught.value.line) == ("docs/a.md", line)
    assert f"docs/a.md, line {line}" in str(caught.value)


def test_template_that_is_not_text() -> None:
    with pytest.raises(TemplateInvalid, match=r"a\.bin does not render: it is not UTF-8"):
        _render(_archive({"a.bin": b"\xff\xfe"}))


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "a/../b",
        "/absolute",
        "a//b",
        ".git/config",
        "a/.GIT/hooks",
        ".git./x",
        "git~1/x",
        "a\\b",
        "./a",
        "@{ evil }@",
    ],
)
def test_paths_that_reach_elsewhere_are_refused(path: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("seed.toml", 'name = "example"\ndescription = "One"\n')
        info = zipfile.ZipInfo("x")
        info.filename = f"repo/{path}"
        bundle.writestr(info, "content")

    with pytest.raises(SeedInvalid, match="git does not allow"):
        _render(buffer.getvalue(), {"evil": "../../etc"})


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../x", "", "..", b"\xff"])
def test_links_that_leave_the_repository_are_refused(target: str | bytes) -> None:
    with pytest.raises(SeedInvalid, match="symbolic link"):
        _render(_archive({"link": target}, mode=LINK))


def test_link_that_stays_inside_is_kept() -> None:
    assert _render(_archive({"a/b/link": "../../file"}, mode=LINK)) == {"a/b/link": b"../../file"}


def test_two_files_under_one_name_are_refused() -> None:
    with pytest.raises(SeedInvalid, match="end up as 'p-1'"):
        _render(_archive({"p-1": "", "@{ id }@": ""}))


def test_file_and_folder_under_one_name_are_refused() -> None:
    with pytest.raises(SeedInvalid, match="a file and a folder"):
        _render(_archive({"p-1/x": "", "@{ id }@": ""}))


def test_modes_are_read_from_the_archive() -> None:
    seed = open_archive(_archive({"run": "#!/bin/sh"}, mode=EXECUTABLE), Settings())

    assert [file.mode for file in seed.files] == [Mode.EXECUTABLE]


def test_device_in_an_archive_is_refused() -> None:
    with pytest.raises(SeedInvalid, match="neither a file nor a symbolic link"):
        open_archive(_archive({"pipe": ""}, mode=stat.S_IFIFO | 0o644), Settings())


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ("templates = 3", "templates"),
        ("colour = 'red'", "colour"),
        ("[placeholders.Bad-Name]\ndescription = ''", "Bad-Name"),
        ("[placeholders.x]\ndescription = ''\ntype = 'integer'\ndefault = 'three'", "not of type integer"),
        ("this is not toml", "cannot be read"),
        ('templates = ["[z"]', "not a pattern"),
    ],
)
def test_manifest_that_is_wrong(manifest: str, problem: str) -> None:
    with pytest.raises(SeedInvalid, match=problem):
        _render(_archive({"a": ""}, manifest))


def test_placeholders_have_types_and_defaults() -> None:
    manifest = """
templates = ["a"]
[placeholders.count]
type = "integer"
description = "How many"
default = 3
[placeholders.public]
type = "boolean"
description = "Whether"
"""
    source = "@{ count + 1 }@ @% if public %@yes@% else %@no@% endif %@"

    assert _render(_archive({"a": source}, manifest), {"public": "false"}) == {"a": b"4 no"}
    with pytest.raises(SeedInvalid, match="needs a value for its placeholder public"):
        _render(_archive({"a": source}, manifest), {})
    with pytest.raises(SeedInvalid, match="needs true or false"):
        _render(_archive({"a": source}, manifest), {"public": "maybe"})


def test_archives_that_are_none(tmp_path: Path) -> None:
    for content, problem in (
        (b"no zip", "cannot be read"),
        (zip_archive([]), "no seed.toml"),
        (_archive({}), "no files"),
    ):
        with pytest.raises(SeedInvalid, match=problem):
            open_archive(content, Settings())


def test_seed_that_is_too_large() -> None:
    with pytest.raises(SeedInvalid, match="2 files of 4 bytes"):
        open_archive(_archive({"a": "12", "b": "34"}), Settings(max_bytes=3))
    with pytest.raises(SeedInvalid, match="at most 1 files"):
        open_archive(_archive({"a": "12", "b": "34"}), Settings(max_files=1))


def test_globs_follow_git(tmp_path: Path) -> None:
    """The same patterns mean the same in git: `git ls-files` with a pathspec of glob magic is the judge."""
    git("init", "-q", str(tmp_path))
    paths = ["a.md", "docs/a.md", "docs/x/a.md", "docs/x/y/b.md", "src/a.py", "[b].md"]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    for pattern in ["*.md", "**/*.md", "docs/*", "docs/**", "docs/**/*.md", "**/a.*", "[[]b[]].md", "docs/?/*"]:
        listed = git("ls-files", "-z", "--others", f":(glob){pattern}", cwd=tmp_path).stdout.split("\0")[:-1]
        seed = open_archive(_archive(dict.fromkeys(paths, ""), f"templates = ['{pattern}']"), Settings())
        is_template = seed.manifest.template_matcher()
        assert sorted(filter(is_template, paths)) == sorted(listed), pattern
