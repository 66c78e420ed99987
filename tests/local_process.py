"""A local cloud in a process of its own, for tests that want an empty account.

moto keeps its state in module globals: one Python process holds one imitated account.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[1]


class RunningCloud:
    """A local cloud in a process of its own: its account is empty, whatever else this test run has started."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "localcloud", "serve", "--directory", str(directory), *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        handout = directory / "settings.json"
        deadline = time.monotonic() + 60
        while not (handout.exists() and handout.stat().st_size):  # it is made empty first, and filled last
            assert self._process.poll() is None, "the local cloud did not start; its output is above"
            assert time.monotonic() < deadline, "the local cloud did not start within a minute"
            time.sleep(0.1)
        handed = json.loads(handout.read_text(encoding="utf-8"))
        self.git_url: str = handed["git_url"]
        self.directory = directory
        self.environment: dict[str, str] = handed["environment"]
        self.region = self.environment["AWS_REGION"]
        self.account_id: str = self.client("sts").get_caller_identity()["Account"]

    def client(self, service: str) -> Any:
        """A boto3 client as the administrator."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.region,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.environment["AWS_SESSION_TOKEN"],
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """End it and what it started."""
        self._process.terminate()
        self._process.wait(timeout=30)
