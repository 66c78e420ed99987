"""What is brought to be searched: files, objects of git, processes."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from canary import collect
from canary.watch import Watch, _Family, _Process
from localcloud import pieces
from localcloud.pieces import Piece

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]


def test_every_file_and_the_names_that_links_point_to(tmp_path: Path) -> None:
    (tmp_path / "a" / ".hidden").mkdir(parents=True)
    (tmp_path / "a" / ".hidden" / "file").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    (tmp_path / "c").write_bytes(b"left out")
    (tmp_path / "link").symlink_to("/nowhere/three")
    (tmp_path / "folder").symlink_to(tmp_path / "a")

    found = {piece.name: piece.data for piece in collect.files(tmp_path, beside=[tmp_path / "c"])}

    assert found == {
        "file/a/.hidden/file": b"one",
        "file/b": b"two",
        "file/link": b"/nowhere/three",
        "file/folder": str(tmp_path / "a").encode(),
    }


def test_objects_that_no_branch_leads_to(tmp_path: Path) -> None:
    repository = tmp_path / "repositories" / "1.git"
    repository.mkdir(parents=True)
    clone = tmp_path / "clone"
    subprocess.run([*GIT, "init", "--quiet", "--bare", "."], cwd=repository, check=True)
    subprocess.run([*GIT, "clone", "--quiet", str(repository), str(clone)], check=True, stderr=subprocess.DEVNULL)
    for content in (b"first\n", b"second\0\n"):
        (clone / "file").write_bytes(content)
        subprocess.run([*GIT, "add", "file"], cwd=clone, check=True)
        subprocess.run([*GIT, "commit", "--quiet", "--message", "words"], cwd=clone, check=True)
        subprocess.run([*GIT, "push", "--quiet", "origin", "HEAD:other"], cwd=clone, check=True)
    subprocess.run([*GIT, "push", "--quiet", "origin", ":other"], cwd=clone, check=True)

    found = list(collect.repositories(tmp_path / "repositories"))

    assert {piece.data for piece in found if "/blob/" in piece.name} == {b"first\n", b"second\0\n"}
    assert {piece.name.split("/")[2] for piece in found} == {"blob", "tree", "commit"}


def test_a_repository_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "1.git" / "objects").mkdir(parents=True)
    (tmp_path / "1.git" / "HEAD").write_text("nothing of the kind")

    with pytest.raises(collect.CollectionError):
        list(collect.repositories(tmp_path))


def test_pieces_come_out_as_they_went_in() -> None:
    every = [Piece("a/ö\n", b"\0\n\xff"), Piece("", b""), Piece("end", b"x" * 100_000)]

    stream = b"".join(map(pieces.framed, every))

    assert list(pieces.read(io.BytesIO(stream))) == every
    with pytest.raises(EOFError):
        list(pieces.read(io.BytesIO(stream[:-5])))


def test_arguments_and_environments_of_a_family() -> None:
    """A child with a session of its own, which becomes another program in another environment."""
    script = "import os; os.execvpe('sleep', ['sleep', '30'], {'B': 'b-2', 'PATH': os.defpath})"
    begin = f"subprocess.Popen([sys.executable, '-c', {script!r}], start_new_session=True).wait()"
    parent = subprocess.Popen([sys.executable, "-c", f"import subprocess, sys; {begin}"], env={"A": "a-1"})
    watch = Watch(parent.pid).start()
    try:
        deadline = time.monotonic() + 20
        while not (sleeper := _arguments(parent.pid, b"sleep")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        watch.end()
    os.kill(sleeper, signal.SIGKILL)
    assert parent.wait(10) == 0
    found = {(piece.name, piece.data) for piece in watch.pieces()}

    assert ("process/sleep/arguments", b"sleep\n30\n") in found
    assert {data for name, data in found if name.endswith("/environment")} >= {b"A=a-1", b"B=b-2"}
    assert watch.looks >= 1
    assert watch.seen >= 2


def test_a_family_outlives_its_numbers() -> None:
    """A child whose parent is gone belongs to it; another process that is given a dead one's number does not."""
    family = _Family(10)
    shell = {1: _Process(0, 1, "a"), 5: _Process(1, 5, "b")}

    assert family.among(
        shell | {10: _Process(5, 10, "c"), 11: _Process(10, 11, "d"), 12: _Process(11, 11, "e")}
    ) == {*(10, 11, 12)}
    assert family.among(
        shell | {10: _Process(5, 10, "c"), 12: _Process(1, 11, "e"), 13: _Process(1, 11, "f")}
    ) == {*(10, 12, 13)}
    later = shell | {10: _Process(5, 10, "c"), 11: _Process(5, 5, "g"), 12: _Process(11, 5, "h")}
    assert family.among(later) == {10}
    assert family.among(shell) == set()
    assert family.among(shell | {10: _Process(5, 5, "i")}) == set()


def test_of_what_a_person_starts_only_the_arguments_are_read() -> None:
    child = subprocess.Popen(["sleep", "30"], env={"TF_VAR_github_token": "secret", "PATH": os.defpath})
    watch = Watch(1 << 30, person=os.getpid())
    watch.look()
    child.kill()
    child.wait()

    names = {piece.name: piece.data for piece in watch.pieces()}
    assert names["process/sleep/arguments"] == b"sleep\n30\n"
    assert not [name for name in names if name.endswith("/environment")]


def _arguments(parent: int, program: bytes) -> int | None:
    """The child of a process that runs a program."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(program + b"\0"):
            return int(pid)
    return None
