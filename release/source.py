"""Where a release comes from: the commit of the checkout, and whether the checkout is exactly that commit."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_SHOWN = 10


@dataclass(frozen=True)
class Source:
    """The state of a checkout.

    Attributes:
        commit: the commit's full id; None outside of git.
        changed: files that differ from it, or are in no commit.

    """

    commit: str | None
    changed: tuple[str, ...]

    @classmethod
    def of(cls, root: Path) -> "Source":
        """The state of the checkout in a folder; what git ignores does not count."""
        head = _git(root, "rev-parse", "--verify", "HEAD")
        if head is None or not (root / ".git").exists():
            return cls(None, ())
        status = _git(root, "status", "--porcelain=v1", "-z", "--untracked-files=normal") or ""
        return cls(head.strip(), tuple(entry[3:] for entry in status.split("\0") if len(entry) > 3))

    @property
    def clean(self) -> bool:
        """Whether what is built can be checked out again."""
        return self.commit is not None and not self.changed

    @property
    def trouble(self) -> str:
        """Why it is not clean, for a person."""
        if self.commit is None:
            return "This folder is no git checkout, so nobody could find again what was released."
        shown = ", ".join(self.changed[:_SHOWN]) + (" …" if len(self.changed) > _SHOWN else "")
        return f"The checkout has changes that are in no commit: {shown}."

    def describe(self) -> dict[str, str | bool | None]:
        """How ``release.json`` names it."""
        return {"commit": self.commit, "clean": self.clean}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False, timeout=60
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
