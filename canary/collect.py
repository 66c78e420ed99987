"""Brings what is searched: from a running local cloud, from folders, and out of git's databases."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from localcloud import pieces
from localcloud.contents import END
from localcloud.pieces import Piece
from localcloud.traffic import FILE

_SECONDS = 120


class CollectionError(Exception):
    """Something that has to be searched could not be read."""


def contents(endpoint: str) -> Iterator[Piece]:
    """Everything that a running local cloud holds.

    Raises:
        CollectionError: the answer breaks off.

    """
    piece = None
    with build_opener(ProxyHandler({})).open(f"{endpoint}/_localcloud/contents", timeout=_SECONDS) as answer:
        for piece in pieces.read(answer):
            if piece.name != END:
                yield piece
    if piece is None or piece.name != END:
        raise CollectionError(f"{endpoint} has not told of everything that it holds")


def traffic(cloud: Path) -> Iterator[Piece]:
    """What has passed through the local cloud in a folder, which was told to keep it.

    Raises:
        CollectionError: it was not told to.

    """
    file = cloud / FILE
    if not file.exists():
        raise CollectionError(f"{cloud} has no record of what passed: the local cloud needs --keep-traffic")
    with file.open("rb") as stream:
        yield from pieces.read(stream)


def files(folder: Path, *, beside: Iterable[Path] = ()) -> Iterator[Piece]:
    """Every file below a folder and every link's target, by its path, without those named in ``beside``."""
    left_out = {path.absolute() for path in beside}
    for parent, folders, names in os.walk(folder):
        for name in [*names, *(name for name in folders if Path(parent, name).is_symlink())]:
            path = Path(parent, name)
            if path.absolute() in left_out:
                continue
            at = f"file/{path.relative_to(folder)}"
            try:
                if path.is_symlink():
                    yield Piece(at, os.fsencode(path.readlink()))
                elif path.is_file():
                    yield Piece(at, path.read_bytes())
            except FileNotFoundError:
                continue  # gone meanwhile


def repositories(folder: Path) -> Iterator[Piece]:
    """Every object of every repository below a folder: those that no branch leads to any more as well."""
    for head in sorted(folder.rglob("HEAD")):
        root = head.parent
        if (root / "objects").is_dir():
            name = str(root.relative_to(folder))
            for kind, digest, data in _objects(root):
                yield Piece(f"git/{name}/{kind}/{digest}", data)


def _objects(repository: Path) -> Iterator[tuple[str, str, bytes]]:
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "cat-file", "--batch-all-objects", "--unordered", "--batch"],
        cwd=repository,
        capture_output=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise CollectionError(f"{repository}: {done.stderr.decode(errors='replace').strip()}")
    position, output = 0, done.stdout
    while position < len(output):
        end = output.index(b"\n", position)
        digest, kind, size = output[position:end].decode().split()
        start = end + 1
        yield kind, digest, output[start : start + int(size)]
        position = start + int(size) + 1


def readers(cloud: Path) -> dict[str, int]:
    """Who has asked Secrets Manager for a secret's value, and how often, out of the call log."""
    found: dict[str, int] = {}
    with (cloud / "calls.jsonl").open(encoding="utf-8") as log:
        for line in log:
            if '"GetSecretValue"' in line or '"BatchGetSecretValue"' in line:
                call = json.loads(line)
                if (
                    call["service"] == "secretsmanager"
                    and "GetSecretValue" in call["operation"]
                    and call["status"] < 400
                ):
                    who = call["role_arn"] or call["principal"]
                    found[who] = found.get(who, 0) + 1
    return found
