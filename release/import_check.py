"""Checks that an archive works where nothing else is: a clean interpreter imports its modules, as Lambda would."""

import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from release.dependencies import BuildError

_PROVIDED = ("boto3", "botocore", "s3transfer", "dateutil", "six")
_IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[2:]
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
"""


def check_import(archive: bytes, package: str) -> None:
    """Import every module of a function from its archive, with the packages that Lambda provides and no others.

    Raises:
        BuildError: if one does not import; with the interpreter's own message.

    """
    with tempfile.TemporaryDirectory(prefix="release-check-") as temporary:
        function, provided = Path(temporary, "function"), Path(temporary, "provided")
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            bundle.extractall(function)
        provided_packages(provided)
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _IMPORT_ALL, package, str(function), str(provided)],
            capture_output=True,
            text=True,
            check=False,
            cwd=temporary,
            env={"PATH": os.defpath, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"},
        )
    if done.returncode != 0:
        raise BuildError(f"The archive of {package} cannot be imported:\n{done.stderr.strip()}")


def provided_packages(place: Path) -> None:
    """Make a folder with what AWS Lambda's Python brings along: this environment's AWS libraries, nothing else.

    Raises:
        BuildError: if one of them is not installed here.

    """
    place.mkdir()
    for name in _PROVIDED:
        _link(name, place)


def _link(name: str, place: Path) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise BuildError(
            f"{name} is not installed here; Lambda provides it, and the check of the archive needs it."
        )
    source = Path(spec.origin)
    source = source.parent if source.name == "__init__.py" else source
    (place / source.name).symlink_to(source)
