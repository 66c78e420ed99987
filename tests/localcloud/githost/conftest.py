"""Clients of the git host: REST as `curl` would do it, and git itself."""

import json
import subprocess
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Host:
    """The git host as one caller sees it."""

    def __init__(self, url: str, token: str | None, folder: Path) -> None:
        self.url = url
        self.token = token
        self.folder = folder
        self._opener = urllib.request.build_opener(NoRedirect)

    def other(self, token: str | None) -> "Host":
        """The same host with another token."""
        return Host(self.url, token, self.folder)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        request = urllib.request.Request(f"{self.url}{path}", method=method)  # noqa: S310 - the address of the test's own host
        if body is not None:
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self.token is not None:
            request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with self._opener.open(request) as answer:
                return self._answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                return self._answer(error)

    @staticmethod
    def _answer(answer: Any) -> Answer:
        raw = answer.read()
        is_json = (answer.headers.get("Content-Type") or "").startswith("application/json")
        return Answer(answer.status, json.loads(raw) if raw and is_json else raw, answer.headers)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.request(method, f"/api/v3{path}", body, **headers)

    def create(self, **settings: Any) -> str:
        """A new repository of the organization; its full name."""
        name = f"r{uuid.uuid4().hex[:8]}"
        answer = self.api("POST", "/orgs/example-org/repos", {"name": name, "private": True, **settings})
        assert answer.status == 201, answer.body
        return f"example-org/{name}"

    def address(self, repository: str) -> str:
        login = f"x-access-token:{self.token}@" if self.token else ""
        return f"{self.url.replace('http://', f'http://{login}')}/{repository}.git"

    def git(self, *arguments: str, expect: int = 0, folder: Path | None = None) -> str:
        """Run git; its output and errors together."""
        done = subprocess.run(
            ["git", "-c", "user.name=Tester", "-c", "user.email=tester@example.com", *arguments],
            cwd=folder or self.folder,
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "HOME": str(self.folder),
                "GIT_TERMINAL_PROMPT": "0",
                "GIT_CONFIG_NOSYSTEM": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is (expect == 0), done.stdout + done.stderr
        return done.stdout + done.stderr

    def work(self, **files: str) -> Path:
        """A working copy with one commit of these files."""
        folder = self.folder / f"w{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main", folder=folder)
        self.commit(folder, **(files or {"README": "hello\n"}))
        return folder

    def commit(self, folder: Path, **files: str) -> str:
        for name, content in files.items():
            (folder / name).write_text(content)
        self.git("add", "--all", folder=folder)
        self.git("commit", "--quiet", "-m", f"Change {', '.join(files)}", folder=folder)
        return self.git("rev-parse", "HEAD", folder=folder).strip()

    def push(self, folder: Path, repository: str, reference: str = "main", *options: str, expect: int = 0) -> str:
        return self.git("push", *options, self.address(repository), reference, expect=expect, folder=folder)


@pytest.fixture
def host(cloud: Any, tmp_path: Path) -> Host:
    return Host(cloud.git_url, cloud.internal.settings.github_token, tmp_path)
