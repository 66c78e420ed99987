"""Fetching a repository over the host's own smart HTTP, as the services of the local cloud do."""

import base64
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.githost.repositories import git_environment

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_COMMIT = re.compile(r"[0-9a-f]{40}")
_TIMEOUT_SECONDS = 300


class CheckoutError(Exception):
    """Git could not fetch; the message has git's words."""


class BranchNotFoundError(CheckoutError):
    """The repository has no such branch."""


class Checkout:
    """Reads one repository with the connection's token, which appears in no command line."""

    def __init__(self, cloud: "Cloud", full_name: str) -> None:
        self._cloud = cloud
        self._url = f"{cloud.git_url}/{full_name}.git"
        token = base64.b64encode(f"x-access-token:{cloud.settings.connection_token}".encode()).decode()
        self._environment = {
            **git_environment(cloud.folder("git")),
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {token}",
            "GIT_CONFIG_KEY_1": "advice.detachedHead",
            "GIT_CONFIG_VALUE_1": "false",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def head(self, branch: str) -> str:
        """The commit at the tip of a branch; raises BranchNotFoundError or CheckoutError."""
        output = self._git(None, "ls-remote", "--", self._url, f"refs/heads/{branch}")
        if not output.strip():
            raise BranchNotFoundError(branch)
        return output.split()[0]

    def shallow(self, folder: Path, commit: str) -> None:
        """One commit's files, without history."""
        self._git(None, "init", "--quiet", str(folder))
        self._git(folder, "fetch", "--quiet", "--depth=1", "--no-tags", "--", self._url, commit)
        self._git(folder, "checkout", "--quiet", "--force", "FETCH_HEAD")

    def full(self, folder: Path, version: str) -> str:
        """Files and history at a branch, tag or commit (HEAD: the default branch); returns the commit's id."""
        if version.startswith("-"):
            raise CheckoutError(f"{version!r} names no branch, tag or commit")
        self._git(None, "clone", "--quiet", "--", self._url, str(folder))
        if version != "HEAD":
            name = version if _COMMIT.fullmatch(version) else version.removeprefix("refs/heads/")
            self._git(folder, "checkout", "--quiet", name, "--")
        return self._git(folder, "rev-parse", "HEAD").strip()

    def describe(self, folder: Path) -> tuple[str, str]:
        """Message and author date (ISO 8601) of the commit that is checked out."""
        message, _, date = self._git(folder, "log", "-1", "--format=%B%x00%aI", "FETCH_HEAD").partition("\0")
        return message.strip(), date.strip()

    def changed_files(self, folder: Path, before: str, after: str) -> list[str]:
        """Paths that differ between two commits; everything in `after` when there is nothing before."""
        self._git(None, "init", "--quiet", "--bare", str(folder))
        self._git(folder, "fetch", "--quiet", "--no-tags", "--", self._url, after)
        if set(before) == {"0"}:
            return self._git(folder, "ls-tree", "-r", "--name-only", "-z", after).split("\0")[:-1]
        return self._git(folder, "diff", "--name-only", "-z", before, after).split("\0")[:-1]

    def _git(self, folder: Path | None, *arguments: str) -> str:
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=folder,
                env=self._environment,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise CheckoutError(f"git {arguments[0]} took longer than {_TIMEOUT_SECONDS} seconds") from error
        if done.returncode:
            raise CheckoutError(done.stderr.strip() or f"git {arguments[0]} ended with {done.returncode}")
        return done.stdout
