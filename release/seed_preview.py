"""Writing a rendered seed to a folder, to look at."""

from collections.abc import Iterable
from pathlib import Path

from seed_repository.seed import Mode, SeedFile


def write(files: Iterable[SeedFile], folder: Path) -> None:
    """Write files into a new folder: contents, executable bits and symbolic links as git would check them out.

    Raises:
        FileExistsError: if the folder holds something already; nothing is overwritten.

    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a folder that does not exist yet.")
    folder.mkdir(parents=True, exist_ok=True)
    # Links come last: no file can then be written through one.
    for file in sorted(files, key=lambda file: file.mode is Mode.SYMLINK):
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.mode is Mode.SYMLINK:
            place.symlink_to(file.content.decode("utf-8"))
        else:
            place.write_bytes(file.content)
            place.chmod(0o755 if file.mode is Mode.EXECUTABLE else 0o644)
