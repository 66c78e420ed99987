"""The repositories of the git host: bare git repositories on disk and what GitHub knows about each."""

import itertools
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dulwich.refs import HEADREF, Ref
from dulwich.repo import Repo

from localcloud.githost.accounts import Account

#: https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits: 100 characters.
NAME_PATTERN = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")

_CONFIGURATION = {
    "http.receivepack": "true",
    "receive.fsckObjects": "true",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "gc.auto": "0",
}


class NameTakenError(Exception):
    """The owner already has a repository of this name."""


class NameInvalidError(Exception):
    """The name has characters that a repository cannot have, or is too long."""


@dataclass
class Repository:
    """One repository: its settings on the host and its bare repository at `path`."""

    id: int
    owner: Account
    name: str
    path: Path
    private: bool
    creator: str
    description: str | None = None
    archived: bool = False
    default_branch: str = "main"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    pushed_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    protected_branches: set[str] = field(default_factory=set)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def full_name(self) -> str:
        """`owner/name`, as spelled."""
        return f"{self.owner.login}/{self.name}"

    def open(self) -> Repo:
        """The bare repository, freshly opened (git itself may have written new packs); close it after use."""
        return Repo(str(self.path))

    def branches(self) -> dict[str, str]:
        """Branch name → commit id, sorted by name."""
        with self.open() as repo:
            heads = repo.refs.as_dict(Ref(b"refs/heads"))
        return {name.decode(): sha.decode() for name, sha in sorted(heads.items())}

    def empty(self) -> bool:
        """Whether nothing has been pushed yet."""
        return not self.branches()

    def set_default_branch(self, branch: str) -> None:
        """Point HEAD, and with it every clone, at a branch."""
        with self.open() as repo:
            repo.refs.set_symbolic_ref(HEADREF, Ref(f"refs/heads/{branch}".encode()))
        self.default_branch = branch

    def protect(self, branch: str, protected: bool = True) -> None:
        """Refuse direct pushes to a branch (pull requests only), or allow them again."""
        (self.protected_branches.add if protected else self.protected_branches.discard)(branch)
        _git(self.path, "config", "--unset-all", "localcloud.protected", check=False)
        for name in sorted(self.protected_branches):
            _git(self.path, "config", "--add", "localcloud.protected", f"refs/heads/{name}")

    def after_push(self, branches: list[str]) -> None:
        """Keep the books after a push: time, and the default branch when the first branch arrives."""
        self.pushed_at = self.updated_at = datetime.now(UTC)
        existing = self.branches()
        if self.default_branch not in existing:
            arrived = [branch for branch in branches if branch in existing]
            if arrived:
                self.set_default_branch(arrived[0])


class Repositories:
    """All repositories, found by owner and name whatever the case; old names of renamed ones lead to the new."""

    def __init__(self, root: Path, hooks: Path) -> None:
        self._root = root
        self._hooks = hooks
        self._ids = itertools.count(500001)
        self._lock = threading.Lock()
        self._by_name: dict[str, Repository] = {}
        self._moved: dict[str, Repository] = {}

    def __iter__(self) -> Iterator[Repository]:
        return iter(list(self._by_name.values()))

    def create(
        self,
        owner: Account,
        name: str,
        *,
        creator: str,
        private: bool = True,
        description: str | None = None,
        default_branch: str = "main",
    ) -> Repository:
        """Make an empty repository; raises NameInvalidError or NameTakenError."""
        if not NAME_PATTERN.fullmatch(name):
            raise NameInvalidError(name)
        key = f"{owner.login}/{name}".lower()
        with self._lock:
            if key in self._by_name:
                raise NameTakenError(name)
            number = next(self._ids)
            repository = Repository(
                id=number,
                owner=owner,
                name=name,
                # By number, so that renaming moves nothing and no name can leave the folder.
                path=self._root / f"{number}.git",
                private=private,
                creator=creator,
                description=description,
                default_branch=default_branch,
            )
            self._initialise(repository)
            self._by_name[key] = repository
            self._moved.pop(key, None)
        return repository

    def find(self, owner: str, name: str) -> Repository | None:
        """The repository of this name, None when there is none (or only a renamed one: see `moved`)."""
        return self._by_name.get(f"{owner}/{name}".lower())

    def moved(self, owner: str, name: str) -> Repository | None:
        """The repository that used to have this name."""
        return self._moved.get(f"{owner}/{name}".lower())

    def by_id(self, number: int) -> Repository | None:
        """The repository with this number, which renaming does not change."""
        return next((repository for repository in self if repository.id == number), None)

    def rename(self, repository: Repository, name: str) -> None:
        """Give a repository a new name; the old one redirects until somebody else takes it."""
        if not NAME_PATTERN.fullmatch(name):
            raise NameInvalidError(name)
        old, new = repository.full_name.lower(), f"{repository.owner.login}/{name}".lower()
        with self._lock:
            if new in self._by_name and new != old:
                raise NameTakenError(name)
            del self._by_name[old]
            repository.name = name
            self._by_name[new] = repository
            if new != old:
                self._moved[old] = repository
            self._moved.pop(new, None)

    def delete(self, repository: Repository) -> None:
        """Remove a repository and its folder."""
        with self._lock:
            del self._by_name[repository.full_name.lower()]
            self._moved = {name: moved for name, moved in self._moved.items() if moved is not repository}
        shutil.rmtree(repository.path)

    def _initialise(self, repository: Repository) -> None:
        repository.path.mkdir(parents=True)
        branch = repository.default_branch
        _git(repository.path, "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", ".")
        settings = {**_CONFIGURATION, "core.hooksPath": str(self._hooks)}
        with (repository.path / "config").open("a", encoding="utf-8") as config:
            for name, value in settings.items():
                section, _, key = name.partition(".")
                config.write(f'[{section}]\n\t{key} = "{value}"\n')


def _git(path: Path, *arguments: str, check: bool = True) -> None:
    subprocess.run(
        ["git", *arguments],
        cwd=path,
        check=check,
        env=git_environment(path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def git_environment(home: Path) -> dict[str, str]:
    """What a git of the host sees: nothing of the person's own configuration."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
