"""Is everything that requirements.txt pins installed? Then the build need not ask pip, nor pip the package index.

python -m deploy.installed || python -m pip install --require-hashes -r requirements.lock
"""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"


def missing(lines: Iterable[str]) -> list[str]:
    """Return the requirements that are not installed; whatever is not a plain ``name==version`` counts as one."""
    stripped = (line.split("#")[0].strip() for line in lines)
    return [line for line in stripped if line and not _installed(line)]


def _installed(requirement: str) -> bool:
    name, _, wanted = requirement.partition("==")
    try:
        return version(name) == wanted
    except (PackageNotFoundError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(1 if missing(REQUIREMENTS.read_text(encoding="utf-8").splitlines()) else 0)
