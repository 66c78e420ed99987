"""What plays the build image: an environment of its own for every build, made in milliseconds.

A virtual environment gives the build its own `python` and `pip` target. The packages of the local cloud's own
environment lie underneath, as those of an image would: they can be imported, and nothing that a build installs
reaches them.
"""

import sys
import sysconfig
import venv
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

_SCRIPT = """#!{python}
import sys
from {module} import {attribute}
sys.exit({call}())
"""
#: pip keeps its command out of the entry points of some installations.
_PIP = EntryPoint(name="pip", value="pip._internal.cli.main:main", group="console_scripts")


def prepare(folder: Path) -> Path:
    """Make a build's environment and return the folder of its programs."""
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    programs = folder / "bin"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    layered = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (packages / "image.pth").write_text("".join(f"{path}\n" for path in layered), encoding="utf-8")
    # Programs of the layer start its own python, which does not see what the build installs: give them this one.
    for entry in [*entry_points(group="console_scripts"), _PIP]:
        for name in (entry.name, "pip3") if entry.name == "pip" else (entry.name,):
            _script(programs / name, entry, programs / "python")
    return programs


def _script(path: Path, entry: EntryPoint, python: Path) -> None:
    if path.exists():
        return
    attribute = entry.attr.split(".")[0]
    path.write_text(
        _SCRIPT.format(python=python, module=entry.module, attribute=attribute, call=entry.attr), encoding="utf-8"
    )
    path.chmod(0o755)
