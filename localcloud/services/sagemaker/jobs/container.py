"""A job's container, imitated: a folder of its own that stands for ``/``, of which only ``/opt/ml`` exists.

Nothing is mounted at the real ``/opt/ml``. Instead every word of the command and every environment value that
begins with ``/opt/ml`` is rewritten to the job's folder; scripts take their paths from there.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = "/opt/ml"


@dataclass(frozen=True)
class Command:
    """What runs in the container."""

    argv: list[str]
    environment: dict[str, str]
    cwd: Path


class Container:
    """The file system of one job.

    Attributes:
        root: the folder that stands for ``/``.

    """

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("input/config", "input/data", "output/data", "model", "code", "processing"):
            self.path(f"{ROOT}/{folder}").mkdir(parents=True, exist_ok=True)
        self.home.mkdir(exist_ok=True)

    @property
    def home(self) -> Path:
        """The folder for HOME and temporary files."""
        return self.root / "home"

    def path(self, inside: str) -> Path:
        """The real place of a path inside the container.

        Raises:
            ValueError: it is not below ``/opt/ml``.

        """
        pure = PurePosixPath(inside)
        if not within_opt_ml(inside):
            raise ValueError(f"{inside} is not below {ROOT}")
        return self.root.joinpath(*pure.parts[1:])

    def rewrite(self, text: str) -> str:
        """``text`` with a leading ``/opt/ml`` replaced by its real place."""
        return f"{self.root}{text}" if text == ROOT or text.startswith(f"{ROOT}/") else text

    def remove(self) -> None:
        """Throw the folder away, as the instance is at the end of a job."""
        shutil.rmtree(self.root, ignore_errors=True)


def within_opt_ml(inside: str) -> bool:
    """Whether a path lies below ``/opt/ml`` (and does not climb out of it)."""
    parts = PurePosixPath(inside).parts
    return parts[:3] == ("/", "opt", "ml") and ".." not in parts
