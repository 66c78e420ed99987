"""Archives for this machine are made once, and made again as soon as anything of them changes."""

from pathlib import Path

import pytest

from release import kept
from release.archives import Entry
from release.dependencies import BuildError

ENTRY = Entry("greet/handler.py", 0o100644, b"def handler(): ...")


@pytest.fixture
def archive(tmp_path: Path):
    made: list[int] = []

    def get(*entries: Entry, name: str = "lambda-greet") -> tuple[bytes, int]:
        content = kept.archive(tmp_path, name, entries, lambda: made.append(1) or f"archive {len(made)}".encode())
        return content, len(made)

    return get


def test_the_same_is_made_once(archive) -> None:
    assert archive(ENTRY) == (b"archive 1", 1)
    assert archive(ENTRY) == (b"archive 1", 1)


@pytest.mark.parametrize(
    "other",
    [
        Entry(ENTRY.name, ENTRY.mode, b"def handler(): return"),
        Entry(ENTRY.name, 0o100755, ENTRY.content),
        Entry("greet/other.py", ENTRY.mode, ENTRY.content),
    ],
)
def test_another_content_mode_or_name_is_another_archive(archive, other: Entry) -> None:
    archive(ENTRY)

    assert archive(other) == (b"archive 2", 2)


def test_other_libraries_try_it_again(archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(ENTRY)
    monkeypatch.setattr(kept, "version", lambda _package: "0.0")

    assert archive(ENTRY) == (b"archive 2", 2)


def test_only_the_newest_of_a_function_is_kept(archive, tmp_path: Path) -> None:
    archive(ENTRY, name="lambda-greet-people")
    archive(ENTRY)
    archive(Entry("greet/handler.py", 0o100644, b""))

    assert sorted(path.name.rsplit("-", 1)[0] for path in tmp_path.iterdir()) == [
        "lambda-greet",
        "lambda-greet-people",
    ]


def test_what_fails_is_not_kept(tmp_path: Path) -> None:
    def fail() -> bytes:
        raise BuildError("cannot be imported")

    for _ in range(2):
        with pytest.raises(BuildError):
            kept.archive(tmp_path, "lambda-greet", [ENTRY], fail)
    assert list(tmp_path.iterdir()) == []
