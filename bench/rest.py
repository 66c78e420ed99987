"""The same by REST, as libraries for GitHub's API do it: file by file, or blob by blob."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import urllib3

from bench.host import TOKEN


@dataclass
class Api:
    """GitHub's REST API for one repository; counts its requests, keeps its connection."""

    host: str
    repository: str
    requests: int = 0
    seconds: float = 0.0
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)

    def call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """One request."""
        self.requests += 1
        answer = self.pool.request(
            method,
            f"{self.host}/api/v3/repos/{self.repository}/{path}",
            body=json.dumps(content).encode() if content else None,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.data[:300]!r}")
        result: dict[str, Any] = json.loads(answer.data)
        return result


def contents_api(api: Api, files: dict[str, bytes]) -> None:
    """``PUT contents/{path}``: a request and a commit for each file."""
    for path, content in files.items():
        api.call("PUT", f"contents/{path}", message=f"Add {path}", content=_base64(content), branch="main")


def git_data_api(api: Api, files: dict[str, bytes]) -> None:
    """Blobs, a tree, a commit, a ref: a request for each file, and one file by the contents API to begin with.

    The git data API answers 409 while a repository is empty.
    """
    first, *others = files.items()
    begun = api.call("PUT", f"contents/{first[0]}", message="Begin", content=_base64(first[1]), branch="main")
    tree = [
        {"path": path, "mode": "100644", "type": "blob", "sha": _blob(api, content)} for path, content in others
    ]
    made = api.call("POST", "git/trees", base_tree=begun["commit"]["tree"]["sha"], tree=tree)
    parents = [begun["commit"]["sha"]]
    commit = api.call("POST", "git/commits", message="Seed", tree=made["sha"], parents=parents)
    api.call("PATCH", "git/refs/heads/main", sha=commit["sha"])


def push(way: Callable[[Api, dict[str, bytes]], None], files: dict[str, bytes], host: str, repository: str) -> Api:
    """Push a tree in one of the two ways; ``seconds`` of the answer is what it took."""
    api = Api(host, repository)
    started = perf_counter()
    way(api, files)
    api.seconds = perf_counter() - started
    return api


def _blob(api: Api, content: bytes) -> str:
    return str(api.call("POST", "git/blobs", content=_base64(content), encoding="base64")["sha"])


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
