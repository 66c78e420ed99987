"""The AWS CLI and git: the only clients of the journey's tests."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

_CLI_SECONDS = 120
_PAUSE = 1.0
Found = TypeVar("Found")


class CliError(Exception):
    """The AWS CLI refused; the message is what a person reads."""


@dataclass(frozen=True)
class Aws:
    """The AWS CLI as one person.

    Attributes:
        program: the CLI, for example the one that the local cloud keeps loaded.

    """

    program: Path
    environment: Mapping[str, str]
    profile: str | None = None

    def __call__(self, service: str, operation: str, *arguments: str) -> Any:
        """Run one command; its answer as JSON.

        Raises:
            CliError: with the CLI's own words.

        """
        chosen = ("--profile", self.profile) if self.profile else ()
        done = subprocess.run(
            [self.program, service, operation, *arguments, "--output", "json", *chosen],
            env=self.environment if self.profile is None else _without_keys(self.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=_CLI_SECONDS,
        )
        if done.returncode:
            raise CliError(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def read(self, address: str) -> str:
        """The text of an S3 object."""
        done = subprocess.run(
            [self.program, "s3", "cp", "--only-show-errors", address, "-"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_CLI_SECONDS,
        )
        if done.returncode:
            raise CliError(done.stderr.strip())
        return done.stdout

    def log(self, group: str, stream_prefix: str = "") -> str:
        """All lines of a log group, or of the streams with a prefix."""
        narrowed = ("--log-stream-name-prefix", stream_prefix) if stream_prefix else ()
        events = self("logs", "filter-log-events", "--log-group-name", group, *narrowed)["events"]
        return "\n".join(event["message"] for event in events)


@dataclass(frozen=True)
class Git:
    """git as the data scientist, whose token is in the environment; nothing of the person's own configuration."""

    url: str
    environment: Mapping[str, str]

    def clone(self, repository: str, folder: Path) -> Path:
        """Clone a repository."""
        self.run(folder.parent, "clone", "--quiet", f"{self.url}/{repository}", str(folder))
        return folder

    def heads(self, repository: str) -> dict[str, str]:
        """Branches and their commits; empty when the repository does not exist."""
        try:
            lines = self.run(Path.cwd(), "ls-remote", "--heads", f"{self.url}/{repository}").splitlines()
        except subprocess.CalledProcessError:
            return {}
        return {line.split("\t")[1].removeprefix("refs/heads/"): line.split("\t")[0] for line in lines}

    def log(self, folder: Path) -> list[str]:
        """Subjects of the commits, newest first."""
        return self.run(folder, "log", "--format=%s").splitlines()

    def commit_and_push(self, folder: Path, message: str) -> str:
        """Commit everything and push it; the commit's id."""
        self.run(folder, "commit", "--quiet", "--all", "--message", message)
        self.run(folder, "push", "--quiet", "origin", "HEAD")
        return self.run(folder, "rev-parse", "HEAD").strip()

    def run(self, folder: Path, *arguments: str) -> str:
        """Run git in a folder."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=_CLI_SECONDS,
        )
        return done.stdout


def eventually(look: Callable[[], Found | None], seconds: float, what: str, *, pause: float = _PAUSE) -> Found:
    """Look again and again until something is there.

    Raises:
        AssertionError: it never came.

    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} seconds"
        time.sleep(pause)
    return found


def replace_setting(file: Path, name: str, value: str) -> None:
    """Change one setting of a TOML file, as a person with an editor would."""
    text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", file.read_text(), flags=re.MULTILINE)
    assert count == 1, f"{file.name} has {count} settings called {name}"
    file.write_text(text)


def _without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """A profile counts only where the environment names no keys."""
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {name: value for name, value in environment.items() if name not in keys}
