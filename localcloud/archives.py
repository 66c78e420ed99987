"""Zip archives of folders: executable bits and symbolic links survive the way there and back."""

import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(archive: Path, files: Iterable[tuple[Path, str]]) -> int:
    """Write files under the given names and return how many there were."""
    count = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path, name in files:
            information = zipfile.ZipInfo(name, _EPOCH)
            information.compress_type = zipfile.ZIP_DEFLATED
            information.create_system = 3  # Unix: the attributes are a mode
            information.external_attr = path.lstat().st_mode << 16
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            zipped.writestr(information, content)
            count += 1
    return count


def pack_folder(archive: Path, folder: Path, *, without: frozenset[str] = frozenset({".git"})) -> int:
    """Write a whole folder, leaving out entries of the top level by name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    names = ((path, str(path.relative_to(folder))) for path in paths)
    return pack(archive, ((path, name) for path, name in names if name.split("/")[0] not in without))


def unpack(archive: Path, folder: Path) -> None:
    """Read an archive into a folder; raises ValueError for names that lead out of it."""
    with zipfile.ZipFile(archive) as zipped:
        extract(zipped, folder)


def extract(zipped: zipfile.ZipFile, folder: Path) -> None:
    """The same for one that is open."""
    root = folder.resolve()
    for entry in zipped.infolist():
        target = folder / entry.filename
        if not target.resolve().is_relative_to(root):
            raise ValueError(f"{entry.filename!r} leads out of the archive")
        mode = entry.external_attr >> 16
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISLNK(mode):
            target.symlink_to(zipped.read(entry).decode())
            continue
        target.write_bytes(zipped.read(entry))
        if permissions := stat.S_IMODE(mode):
            target.chmod(permissions)
