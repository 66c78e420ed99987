"""The local cloud's GitHub, alone: with GitHub Apps, pull requests and comparisons, on a real git server."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import WSGIRequestHandler, make_server

from localcloud.githost.app import GitHostApplication
from localcloud.githost.apps import Installation
from localcloud.githost.host import GitHost
from localcloud.githost.repositories import Repository
from tests.unit.seed_repository.git_server import TOKEN

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_KEY = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
PUBLIC_KEY = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
APP_ID = 4711
GRANTED = {"contents": "write", "administration": "write", "pull_requests": "write", "workflows": "write"}


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        pass


@dataclass
class GitHubServer:
    """What a test sees of the host besides its HTTP."""

    host: GitHost
    application: GitHostApplication
    url: str = ""
    requests: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        self.authorizations.append(environ.get("HTTP_AUTHORIZATION", ""))
        return self.application(environ, start_response)

    def repository(self, name: str = "churn") -> Repository:
        found = self.host.repositories.find("acme", name)
        assert found is not None, f"there is no acme/{name}"
        return found

    def create(self, name: str = "churn", **files: str) -> Repository:
        owner = self.host.accounts.find("acme")
        assert owner is not None
        repository = self.host.repositories.create(owner, name, creator="somebody")
        for path, content in files.items():
            self.write(repository, path, content)
        return repository

    def write(self, repository: Repository, path: str, content: str, branch: str = "main") -> str:
        commit = self.host.write_file(
            repository, branch, path, content.encode(), message=f"Write {path}", login="somebody"
        )
        return commit.id.decode()

    def install_app(
        self, permissions: dict[str, str] | None = None, only: list[str] | None = None
    ) -> Installation:
        account = self.host.accounts.find("acme")
        assert account is not None
        app = self.host.apps.register(APP_ID, "seeder", PUBLIC_KEY)
        return self.host.apps.install(app, account, GRANTED if permissions is None else permissions, only)


@contextmanager
def running_github(folder: Path) -> Iterator[GitHubServer]:
    host = GitHost(folder, lambda: server.url, lambda *_: None)
    host.register("somebody", TOKEN, ("acme",))
    server = GitHubServer(host, GitHostApplication(host))
    http = make_server("127.0.0.1", 0, server, threaded=True, request_handler=Quiet)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
