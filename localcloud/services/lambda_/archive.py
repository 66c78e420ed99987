"""Unpacking a function's archive and its layers."""

import shutil
import stat
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from localcloud.responses import ServiceError


def check(content: bytes) -> None:
    """Refuse what is no zip archive, as Lambda does when a function is created."""
    if not zipfile.is_zipfile(BytesIO(content)):
        raise ServiceError(
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        )


def unpack(content: bytes, folder: Path) -> Path:
    """Unpack into a folder, once: files keep their modes and links, and none leaves the folder.

    Raises ServiceError for an archive with a path that leads out of it.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Into a neighbour first: another invocation may unpack the same archive at the same time.
    staging = Path(tempfile.mkdtemp(dir=folder.parent))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for entry in archive.infolist():
            _extract(archive, entry, staging)
    try:
        staging.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(staging)
    return folder


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = (folder / entry.filename).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise ServiceError(
            "InvalidParameterValueException", f"Could not unzip uploaded file: {entry.filename!r} leads out of it."
        )
    mode = entry.external_attr >> 16
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if stat.S_ISLNK(mode):
        target.symlink_to(archive.read(entry).decode())
        return
    target.write_bytes(archive.read(entry))
    # Lambda reads the files as another user: an archive without modes still has to be readable.
    target.chmod((stat.S_IMODE(mode) or 0o644) | stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
