"""Compiling a Lambda archive's modules, so that no environment has to do it at its start.

AWS Lambda's task folder is read-only: what is not compiled in the archive is compiled again by every cold start.
Only the interpreter that will run the archive can compile for it. Where it is missing, the sources are shipped.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release.archives import Entry
from release.dependencies import BuildError, Target

_COMPILER = Path(__file__).with_name("_compile.py")


def interpreter_of(target: Target) -> str | None:
    """The interpreter that runs a target, if it is on this machine."""
    if target.local:
        return sys.executable
    found = shutil.which(target.runtime)
    if found is None or _version(found) != target.runtime.removeprefix("python"):
        return None
    return found


def compiled(entries: list[Entry], interpreter: str) -> list[Entry]:
    """The entries with every module compiled in place of its source.

    Docstrings are left out and nothing else: asserts stay, and so do line numbers. The same source makes the same
    bytes, as no times are in them (unchecked hash-based files, PEP 552).

    Raises:
        BuildError: if a module cannot be compiled.

    """
    sources = [entry for entry in entries if entry.name.endswith(".py")]
    with tempfile.TemporaryDirectory(prefix="release-compile-") as temporary:
        work = Path(temporary)
        for number, entry in enumerate(sources):
            (work / f"{number}.py").write_bytes(entry.content)
        (work / "names.json").write_text(json.dumps([entry.name for entry in sources]), encoding="utf-8")
        done = subprocess.run(
            [interpreter, "-I", "-S", str(_COMPILER), temporary], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BuildError(f"{interpreter} could not compile the Lambda archive:\n{done.stderr.strip()}")
        modules = [
            Entry(f"{entry.name}c", entry.mode, (work / f"{number}.pyc").read_bytes())
            for number, entry in enumerate(sources)
        ]
    others = [entry for entry in entries if not entry.name.endswith(".py")]
    return sorted([*others, *modules], key=lambda entry: entry.name)


def _version(interpreter: str) -> str:
    asked = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    done = subprocess.run([interpreter, "-I", "-S", "-c", asked], capture_output=True, text=True, check=False)
    return done.stdout.strip()
