"""A git host for tests: real git over smart HTTP, the REST calls that seeding uses, and faults on demand."""

import base64
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

TOKEN = "ghp_s3cr3t+token/for=tests"
CREATED_AT = "2026-03-04T05:06:07Z"


@dataclass
class Fault:
    """Strikes the next request whose method and path match, then is gone."""

    matches: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    after: bool = False  # the request is carried out first, then its answer is lost
    cut: bool = False  # the connection is closed in the middle of the answer


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        pass  # a cut connection is part of the tests


class GitServer:
    """Repositories are bare, in ``root``; what GitHub knows about them besides is in ``settings``."""

    def __init__(self, root: Path, *, login: str = "somebody", organizations: Iterable[str] = ("acme",)) -> None:
        self.root = root
        self.login = login
        self.organizations = set(organizations)
        self.settings: dict[str, dict[str, Any]] = {}
        self.renamed: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.url = ""

    def path(self, full_name: str) -> Path:
        return self.root / f"{full_name}.git"

    def create(self, full_name: str, **settings: Any) -> Path:
        path = self.path(full_name)
        git("init", "-q", "--bare", "-b", "main", str(path))
        git("config", "http.receivepack", "true", cwd=path)
        self.settings[full_name] = settings
        return path

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        query = environ["QUERY_STRING"]
        self.requests.append(f"{method} {path}")
        fault = next((item for item in self.faults if re.search(item.matches, f"{method} {path}")), None)
        if fault is not None:
            self.faults.remove(fault)
        if fault is not None and not fault.after:
            status, headers, body = fault.status, dict(fault.headers), fault.body.encode()
        else:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            content = environ["wsgi.input"].read(length)
            status, headers, body = self._answer(method, path, query, content, environ)
        if fault is not None and fault.after:
            status, body = fault.status or status, b"" if fault.status else body
            headers |= fault.headers
        headers["Content-Length"] = str(len(body))
        start_response(f"{status} -", list(headers.items()))
        if fault is not None and fault.cut:
            raise ConnectionAbortedError
        return [body]

    def _answer(
        self, method: str, path: str, query: str, content: bytes, environ: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        if self._token(environ.get("HTTP_AUTHORIZATION", "")) != TOKEN:
            return 401, {"Content-Type": "application/json"}, b'{"message": "Bad credentials"}'
        if path.startswith("/api/v3/"):
            status, value, headers = self._rest(method, path.removeprefix("/api/v3"), content)
            return status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()
        repository, _, tail = path.partition(".git/")
        if (new_name := self.renamed.get(repository.strip("/"))) is not None:
            return 301, {"Location": f"/{new_name}.git/{tail}?{query}"}, b""
        if not (self.root / f"{repository.strip('/')}.git").is_dir():
            return 404, {}, b"not found"
        if self.settings[repository.strip("/")].get("archived") and "git-receive-pack" in f"{tail}?{query}":
            return 403, {}, b"This repository was archived so it is read-only."
        return self._backend(f"{repository}.git/{tail}", query, content, environ)

    @staticmethod
    def _token(authorization: str) -> str:
        kind, _, value = authorization.partition(" ")
        return base64.b64decode(value).decode().partition(":")[2] if kind == "Basic" else value

    def _rest(self, method: str, path: str, content: bytes) -> tuple[int, Any, dict[str, str]]:
        missing = (404, {"message": "Not Found"}, {})
        if (method, path) == ("GET", "/user"):
            return 200, {"login": self.login}, {}
        if method == "POST" and (match := re.fullmatch(r"/orgs/([^/]+)/repos|/user/repos", path)):
            owner = match[1] or self.login
            if match[1] and owner not in self.organizations:
                return missing
            wanted = json.loads(content)
            full_name = f"{owner}/{wanted['name']}"
            if full_name in self.settings:
                return 422, {"message": "name already exists on this account"}, {}
            self.create(full_name, **wanted)
            return 201, self._describe(full_name), {}
        match = re.fullmatch(r"/(?:repos|repositories)/([^/]+/[^/]+)(/.*)?", path)
        if match and match[1] in self.renamed:
            return 301, {}, {"Location": f"/api/v3/repositories/{self.renamed[match[1]]}"}
        if method != "GET" or match is None or match[1] not in self.settings:
            return missing
        return self._read(match[1], match[2] or "") or missing

    def _read(self, full_name: str, tail: str) -> tuple[int, Any, dict[str, str]] | None:
        path = self.path(full_name)
        if not tail:
            return 200, self._describe(full_name), {}
        if match := re.fullmatch(r"/compare/(\w+)\.\.\.(\w+)", tail):
            known = git("cat-file", "-e", match[1], cwd=path, check=False).returncode == 0
            ahead = git("merge-base", "--is-ancestor", match[1], match[2], cwd=path, check=False).returncode == 0
            return (200, {"status": "ahead" if ahead else "diverged"}, {}) if known else None
        if match := re.fullmatch(r"/git/commits/(\w+)", tail):
            tree = git("rev-parse", f"{match[1]}^{{tree}}", cwd=path).stdout.strip()
            return 200, {"sha": match[1], "tree": {"sha": tree}}, {}
        return None

    def _describe(self, full_name: str) -> dict[str, Any]:
        settings = self.settings[full_name]
        return {
            "full_name": full_name,
            "created_at": CREATED_AT,
            "default_branch": "main",
            "archived": settings.get("archived", False),
            "permissions": {"push": settings.get("push", True)},
        }

    def _backend(
        self, path: str, query: str, content: bytes, environ: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        variables = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": environ["REQUEST_METHOD"],
            "CONTENT_TYPE": environ.get("CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(content)),
            "REMOTE_USER": "tester",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=content, capture_output=True, env=variables, check=True
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return int(headers.pop("Status", "200")[:3]), headers, body


@contextmanager
def running(server: GitServer) -> Iterator[GitServer]:
    http = make_server("127.0.0.1", 0, server, server_class=Server, handler_class=Quiet)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def git(*arguments: str, cwd: Path | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Native git, without the configuration of whoever runs the tests."""
    return subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        check=check,
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Somebody",
            "GIT_AUTHOR_EMAIL": "somebody@example.com",
            "GIT_COMMITTER_NAME": "Somebody",
            "GIT_COMMITTER_EMAIL": "somebody@example.com",
        },
    )
