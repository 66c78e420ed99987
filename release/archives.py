"""Archives that depend on nothing but what is in them: same content, same bytes, on any day and in any folder."""

import gzip
import hashlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
_TAR_TIME = 315532800  # the same moment in seconds
_UNIX = 3
_FILE = stat.S_IFREG | 0o644
_EXECUTABLE = stat.S_IFREG | 0o755
_LINK = stat.S_IFLNK | 0o777

NEVER = (
    "__pycache__",
    "*.py[cod]",
    ".DS_Store",
    ".git",
    ".hypothesis",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".terraform",
    ".venv",
    "*.egg-info",
    "*.swp",
    "*~",
    "crash.log",
    "terraform.tfstate*",
)
"""Names that tools and editors leave behind; they belong into no archive."""


@dataclass(frozen=True)
class Entry:
    """One file of an archive. ``mode`` is a full Unix mode; the content of a link is its target."""

    name: str
    mode: int
    content: bytes


def entries_of(folder: Path, *, under: str = "", without: Iterable[str] = ()) -> list[Entry]:
    """The files of a folder, sorted by name, with modes reduced to what git keeps.

    Args:
        folder: where the files are.
        under: what their names in the archive begin with, such as ``repo/``.
        without: patterns; a file or folder is left out if one matches its name or its path within the folder.

    Raises:
        FileNotFoundError: if there is no such folder: an archive of nothing is never meant.

    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder")
    patterns = (*NEVER, *without)
    found: list[Entry] = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [
            name for name in folders if name not in links and not _excluded(folder, here / name, patterns)
        ]
        for name in (*files, *links):
            path = here / name
            if not _excluded(folder, path, patterns):
                found.append(_entry(path, under + path.relative_to(folder).as_posix()))
    return sorted(found, key=lambda entry: entry.name)


def _excluded(folder: Path, path: Path, patterns: Iterable[str]) -> bool:
    relative = path.relative_to(folder).as_posix()
    return any(fnmatchcase(path.name, pattern) or fnmatchcase(relative, pattern) for pattern in patterns)


def _entry(path: Path, name: str) -> Entry:
    if path.is_symlink():
        return Entry(name, _LINK, os.fsencode(path.readlink()))
    mode = _EXECUTABLE if path.stat().st_mode & stat.S_IXUSR else _FILE
    return Entry(name, mode, path.read_bytes())


def zip_archive(entries: Iterable[Entry]) -> bytes:
    """A zip of the entries, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bundle:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, _ZIP_TIME)
            info.create_system = _UNIX
            info.external_attr = entry.mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(info, entry.content, compresslevel=9)
    return buffer.getvalue()


def tar_archive(entries: Iterable[Entry]) -> bytes:
    """A gzipped tar of the entries, in their order."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as bundle,
    ):
        for entry in entries:
            member = tarfile.TarInfo(entry.name)
            member.mode = stat.S_IMODE(entry.mode)
            member.mtime = _TAR_TIME
            if stat.S_ISLNK(entry.mode):
                member.type, member.linkname = tarfile.SYMTYPE, os.fsdecode(entry.content)
                bundle.addfile(member)
            else:
                member.size = len(entry.content)
                bundle.addfile(member, io.BytesIO(entry.content))
    return buffer.getvalue()


def sha256(content: bytes) -> str:
    """The SHA-256 of some content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
