"""Unpacking a function's archive and its layers."""

import shutil
import stat
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from localcloud import archives
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
        try:
            archives.extract(archive, staging)
        except ValueError as error:
            text = f"Could not unzip uploaded file: {error}"
            raise ServiceError("InvalidParameterValueException", text) from error
    _let_everybody_read(staging)
    try:
        staging.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(staging)
    return folder


def _let_everybody_read(folder: Path) -> None:
    """Lambda reads the files as another user: an archive without modes still has to be readable."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
