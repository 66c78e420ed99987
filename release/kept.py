"""Finished archives of functions for this machine, kept between builds: the same is not made and tried again.

Only for the local cloud, which is started again and again. What goes to AWS is made afresh by every build.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

from release.archives import Entry

# Whatever decides what an archive looks like, and whether it is tried.
_MAKERS = ("_compile.py", "archives.py", "build.py", "bytecode.py", "import_check.py", "kept.py")
_TRIED_WITH = ("boto3", "botocore", "s3transfer", "python-dateutil", "six")


def archive(cache: Path, name: str, entries: Iterable[Entry], make: Callable[[], bytes]) -> bytes:
    """The archive of a function, from the cache or made now; an older one of the same name gives way.

    Args:
        cache: folder of the kept archives; made if missing.
        name: of the function.
        entries: what goes in, before it is compiled.
        make: makes the archive and tries it; what it raises keeps nothing.

    """
    place = cache / f"{name}-{_identity(entries)}.zip"
    try:
        return place.read_bytes()
    except FileNotFoundError:
        content = make()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, prefix=f".{name}-", delete=False) as draft:
        draft.write(content)
    Path(draft.name).replace(place)
    for other in cache.glob("*.zip"):
        if other != place and other.stem.rpartition("-")[0] == name:
            other.unlink(missing_ok=True)
    return content


def _identity(entries: Iterable[Entry]) -> str:
    """Hash of everything that the archive and its trial depend on."""
    summary = hashlib.sha256()
    facts = [sys.version, os.name, *(f"{package} {version(package)}" for package in _TRIED_WITH)]
    parts = [(name, 0, Path(__file__).with_name(name).read_bytes()) for name in _MAKERS]
    parts += [(entry.name, entry.mode, entry.content) for entry in entries]
    for fact in facts:
        summary.update(f"{fact}\0".encode())
    for label, mode, content in parts:
        summary.update(f"{label}\0{mode}\0{len(content)}\0".encode())
        summary.update(content)
    return summary.hexdigest()[:32]
