"""A running local cloud for the tests of its services."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloud import Cloud
from localcloud.principals import Credentials
from localcloud.server import LocalCloud
from localcloud.settings import Settings


class RunningCloud:
    """The local cloud as its clients see it."""

    def __init__(self, cloud: Cloud, home: Path) -> None:
        self.internal = cloud
        self._home = home

    @property
    def endpoint(self) -> str:
        return self.internal.endpoint

    @property
    def git_url(self) -> str:
        return self.internal.git_url

    @property
    def environment(self) -> dict[str, str]:
        """Environment of a child process with the administrator's credentials."""
        return self.internal.child_environment(self.administrator, self._home)

    @property
    def administrator(self) -> Credentials:
        return self.internal.principals.assume(self.internal.administrator_arn, "test")

    def client(self, service: str, credentials: Credentials | None = None) -> Any:
        """A boto3 client, as the administrator unless told otherwise."""
        return self.internal.client(service, credentials)

    def aws(self, *arguments: str, environment: dict[str, str] | None = None) -> Any:
        """Run the AWS CLI; its JSON answer, or CalledProcessError with its words in ``stderr``."""
        done = subprocess.run(
            ["aws", *arguments, "--output", "json"],
            env=environment or self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            executable=shutil.which("aws", path=self.internal.search_path),
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """One local cloud for the whole session: tests use names of their own."""
    home = tmp_path_factory.mktemp("localcloud")
    with LocalCloud(Settings(directory=home / "cloud")) as running:
        yield RunningCloud(running.cloud, home / "home")
