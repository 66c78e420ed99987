"""The room in which hostile values are tried: a scratch folder, and traps that tell when one was executed."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CANARY = """#!/bin/sh
printf '%s\\n' "$0 $*" >>"{mark}"
"""
EXPANDED = "canary-was-expanded"


@dataclass
class Room:
    """Where the campaign works.

    Attributes:
        root: the checkout whose parts are tried.
        folder: everything that is written.

    """

    root: Path
    folder: Path

    def __post_init__(self) -> None:
        self.programs.mkdir()
        canary = self.programs / "canary"
        canary.write_text(_CANARY.format(mark=self.mark), encoding="utf-8")
        canary.chmod(0o755)

    @property
    def programs(self) -> Path:
        """The first folder of every shell's PATH."""
        return self.folder / "programs"

    @property
    def mark(self) -> Path:
        """What ``canary`` writes when somebody runs it."""
        return self.folder / "mark-of-the-canary"

    def place(self, name: str) -> Path:
        """A folder for one layer, empty."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a shell is started with: the canary on its PATH, and a secret that must not be expanded."""
        return {
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "LC_ALL": "C",
            "CANARY_SECRET": EXPANDED,
            **(more or {}),
        }

    def executed(self) -> str | None:
        """What was executed since the last time somebody asked; None when nothing was."""
        said = None
        if self.mark.exists():
            said = self.mark.read_text(encoding="utf-8", errors="replace").strip().replace("\n", "; ")
            self.mark.unlink()
        for path in sorted(self.folder.rglob("canary-*")):
            if path.is_relative_to(self.folder / "git-host" / "repositories") and "heads" in path.parts:
                continue  # a branch in a repository of the git host, called what somebody has typed
            said = f"{said or ''} {path.relative_to(self.folder)} was written".strip()
            path.unlink()
        return said


@contextmanager
def opened(root: Path) -> Iterator[Room]:
    """A room for a checkout, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        yield Room(root, Path(os.path.realpath(folder)))
