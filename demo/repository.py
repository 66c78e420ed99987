"""git, as the data scientist uses it: look, clone, change, push."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from demo.cloud import clean_environment
from demo.errors import DemoError
from demo.scene import Scene

_SECONDS = 60
_ESTIMATOR = re.compile(r'^estimator = "ridge".*$', re.MULTILINE)
MESSAGE = "Try gradient boosting"
AUTHOR = "Data Scientist"


@dataclass(frozen=True)
class Commit:
    """A commit as ``git log`` shows it; ``files`` is the number of files in its tree."""

    sha: str
    author: str
    subject: str
    files: int = 0


@dataclass(frozen=True)
class Change:
    """A pushed change: its commit and the lines that differ."""

    sha: str
    diff: str


def history(scene: Scene, branch: str) -> list[Commit]:
    """The commits of a branch, newest first; none while repository or branch do not exist."""
    clone = scene.folder / "clone"
    if not (clone / ".git").exists():
        if not _git(scene, scene.folder, "ls-remote", "--heads", _url(scene), branch, check=False).strip():
            return []
        _git(scene, scene.folder, "clone", "--quiet", "--branch", branch, _url(scene), str(clone))
    files = len(_git(scene, clone, "ls-tree", "-r", "--name-only", "HEAD").splitlines())
    lines = _git(scene, clone, "log", "--format=%H%x09%an%x09%s").splitlines()
    return [
        Commit(sha, author, subject, files) for sha, author, subject in (line.split("\t", 2) for line in lines)
    ]


def change_and_push(scene: Scene) -> Change:
    """Choose another estimator in ``pipeline.toml``, commit and push, as a person would.

    Raises:
        DemoError: the file is not as the seed made it, or git refuses.

    """
    clone = scene.folder / "clone"
    file = clone / "pipeline.toml"
    text, count = _ESTIMATOR.subn('estimator = "gradient-boosting"', file.read_text(encoding="utf-8"))
    if count != 1:
        raise DemoError("pipeline.toml of the new repository has no line that chooses the estimator ridge.")
    file.write_text(text, encoding="utf-8")
    diff = _git(scene, clone, "diff", "--unified=0", "--", "pipeline.toml")
    _git(scene, clone, "commit", "--quiet", "--all", "--message", MESSAGE)
    _git(scene, clone, "push", "--quiet", "origin", f"HEAD:{scene.project.branch}")
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return Change(_git(scene, clone, "rev-parse", "HEAD").strip(), "\n".join(changed))


def _url(scene: Scene) -> str:
    return f"{scene.handout.git_url}/example-org/{scene.project.name}"


def _git(scene: Scene, folder: Path, *arguments: str, check: bool = True) -> str:
    """Run git without the person's own configuration; its token is in the environment only."""
    environment = clean_environment(
        **scene.handout.git_credential,
        GIT_CONFIG_GLOBAL="/dev/null",
        GIT_CONFIG_NOSYSTEM="1",
        GIT_TERMINAL_PROMPT="0",
        GIT_AUTHOR_NAME=AUTHOR,
        GIT_AUTHOR_EMAIL="data-scientist@example.org",
        GIT_COMMITTER_NAME=AUTHOR,
        GIT_COMMITTER_EMAIL="data-scientist@example.org",
        NO_PROXY="127.0.0.1,localhost",
        no_proxy="127.0.0.1,localhost",
    )
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if check and done.returncode:
        raise DemoError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout
