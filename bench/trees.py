"""Trees of files to measure with: the same files for everybody."""

import hashlib
from pathlib import Path

from release.archives import Entry, zip_archive

_PER_FOLDER = 100
_LINE = 64
MANIFEST = b'name = "bench"\ndescription = "Many files"\ntemplates = ["README.md"]\n'


def contents(count: int) -> dict[str, bytes]:
    """Files by path: small ones of 64 to 1,024 bytes that differ from each other, a hundred to a folder."""
    files = {"README.md": b"# Bench\n"}
    for number in range(count - 1):
        seed = hashlib.sha256(str(number).encode()).hexdigest()
        path = f"src/package_{number // _PER_FOLDER:04d}/module_{number:06d}.py"
        files[path] = f"{seed}\n".encode()[:_LINE] * (1 + number % 16)
    return files


def archive(files: dict[str, bytes]) -> bytes:
    """The files as a seed's archive."""
    entries = [Entry(f"repo/{path}", 0o100644, content) for path, content in files.items()]
    return zip_archive([*entries, Entry("seed.toml", 0o100644, MANIFEST)])


def write(files: dict[str, bytes], folder: Path) -> None:
    """The files on disk, as a program that shells out to git has to write them first."""
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
