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

    def client(self, service: str, role: str | None = None) -> Any:
        """A boto3 client as the administrator, or as a role that lets the account's principals assume it."""
        names = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
        keys = [self.environment[f"AWS_{name}"] for name in names]
        if role is not None:
            arn = f"arn:aws:iam::{self.account_id}:role/{role}"
            given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
            keys = [given[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
        key, secret, token = keys
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """End it and what it started."""
        self._process.terminate()
        self._process.wait(timeout=30)
