"""Git over smart HTTP: `git http-backend` behind WSGI, with GitHub's answers around it.

Protocol: https://git-scm.com/docs/http-protocol; the CGI contract: https://git-scm.com/docs/git-http-backend.
"""

import io
import logging
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from werkzeug.wrappers import Request, Response

from localcloud.githost.accounts import BadCredentialsError, Token
from localcloud.githost.permissions import Permissions
from localcloud.githost.repositories import Repositories, Repository, git_environment

log = logging.getLogger(__name__)

_PATH = re.compile(
    r"/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)"
)
_CHUNK = 64 * 1024
_ZERO = "0" * 40


@dataclass(frozen=True)
class RefUpdate:
    """One ref that a push changed: `old` or `new` is forty zeros when it was created or deleted."""

    old: str
    new: str
    ref: str

    @property
    def branch(self) -> str | None:
        """The branch's name, None for tags and other refs."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None

    @property
    def deleted(self) -> bool:
        """Whether the push removed the ref."""
        return self.new == _ZERO


PushListener = Callable[[Repository, list[RefUpdate], str], None]


class SmartHttp:
    """Answers the three requests of git's smart HTTP protocol for every repository of the host."""

    def __init__(self, repositories: Repositories, permissions: Permissions, on_push: PushListener) -> None:
        self._repositories = repositories
        self._permissions = permissions
        self._on_push = on_push

    @staticmethod
    def recognises(path: str) -> bool:
        """Whether a path is one of the protocol's."""
        return _PATH.fullmatch(path) is not None

    def answer(self, request: Request) -> Response:
        """Serve one request of a git client."""
        match = _PATH.fullmatch(request.path)
        if match is None:
            return _plain(404, "Not Found")
        service = match["rest"]
        if service == "info/refs":
            service = request.args.get("service", "")
        if service not in ("git-upload-pack", "git-receive-pack"):
            return _plain(403, "Please upgrade your git client.\nThis host speaks smart HTTP only.\n")
        try:
            token = self._permissions.accounts.authenticate(request.headers.get("Authorization"), request.path)
        except BadCredentialsError:
            return _unauthorized("Invalid username or token.\n")

        moved = self._repositories.moved(match["owner"], match["name"])
        repository = self._repositories.find(match["owner"], match["name"]) or moved
        refusal = self._refuse(repository, token, service)
        if refusal is not None or repository is None:
            return refusal or _plain(404, "Repository not found.\n")
        if repository is moved:
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            location = f"{request.root_url.rstrip('/')}/{repository.full_name}.git/{match['rest']}{query}"
            return Response(status=301, headers={"Location": location})
        login = token.login if token else "anonymous"
        if request.method == "POST" and service == "git-receive-pack":
            return self._receive(request, repository, login)
        return _run_backend(request, repository, match["rest"], login)

    def _refuse(self, repository: Repository | None, token: Token | None, service: str) -> Response | None:
        pushing = service == "git-receive-pack"
        if repository is None or not self._permissions.visible(token, repository):
            # GitHub does not say whether a private repository exists: without credentials it asks for some.
            return (
                _unauthorized("Authentication required.\n")
                if token is None
                else _plain(404, "Repository not found.\n")
            )
        if token is None:
            return _unauthorized("Authentication required.\n") if pushing else None
        level = "write" if pushing else "read"
        if not self._permissions.allows(token, repository, "contents", level):
            target = repository.full_name
            if pushing:
                return _plain(403, f"Permission to {target}.git denied to {token.login}.\n")
            return _plain(403, "Write access to repository not granted.\n")
        if pushing and repository.archived:
            return _plain(403, "This repository was archived so it is read-only.\n")
        return None

    def _receive(self, request: Request, repository: Repository, login: str) -> Response:
        """Run a push to its end, tell the listener what changed, then give the (small) answer."""
        with tempfile.TemporaryDirectory(prefix="push-", dir=repository.path) as folder:
            record = Path(folder) / "updates"
            response = _run_backend(
                request,
                repository,
                "git-receive-pack",
                login,
                {"LOCALCLOUD_PUSH_RECORD": str(record)},
            )
            body = b"".join(response.iter_encoded())
            updates = _read_updates(record)
        if updates:
            self._on_push(repository, updates, login)
        headers = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
        return Response(body, status=response.status_code, headers=headers)


def _read_updates(record: Path) -> list[RefUpdate]:
    if not record.exists():
        return []
    lines = record.read_text(encoding="utf-8").splitlines()
    return [RefUpdate(*line.split(" ", 2)) for line in lines]


def _run_backend(
    request: Request,
    repository: Repository,
    rest: str,
    login: str,
    extra: dict[str, str] | None = None,
) -> Response:
    environment = {
        **git_environment(repository.path),
        **(extra or {}),
        "GIT_PROJECT_ROOT": str(repository.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.path.name}/{rest}",
        "QUERY_STRING": request.query_string.decode(),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "REMOTE_USER": login,
        "REMOTE_ADDR": request.remote_addr or "",
    }
    if request.content_length is not None:
        environment["CONTENT_LENGTH"] = str(request.content_length)
    if protocol := request.headers.get("Git-Protocol"):
        environment["GIT_PROTOCOL"] = protocol
    process = subprocess.Popen(
        ["git", "http-backend"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if process.stdin is None or not isinstance(process.stdout, io.BufferedReader):
        raise RuntimeError("git http-backend was started without pipes")
    feeder = threading.Thread(target=_feed, args=(request.stream, process.stdin), name="git-input", daemon=True)
    feeder.start()
    status, headers = _read_cgi_headers(process.stdout)
    return Response(
        _stream(process, process.stdout, feeder), status=status, headers=headers, direct_passthrough=True
    )


def _feed(source: IO[bytes], sink: IO[bytes]) -> None:
    try:
        while chunk := source.read(_CHUNK):
            sink.write(chunk)
    except OSError as error:
        # The client went away in the middle, or git refused the request without reading it all. Closing the pipe
        # shows git an early end of its input: a pack that was cut fails its own checksum, and no ref moves.
        log.info("a git request ended early: %s", error)
    try:
        sink.close()
    except BrokenPipeError as error:
        log.info("git ended before it had read its whole input: %s", error)


def _read_cgi_headers(output: IO[bytes]) -> tuple[int, list[tuple[str, str]]]:
    status, headers = 200, []
    while line := output.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value.strip()))
    return status, headers


def _stream(
    process: subprocess.Popen[bytes], output: io.BufferedReader, feeder: threading.Thread
) -> Iterator[bytes]:
    try:
        while chunk := output.read1(_CHUNK):
            yield chunk
    finally:
        # Reached at the end, and when the client closes the connection before it.
        output.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        feeder.join(timeout=5)


def _plain(status: int, message: str, headers: Iterable[tuple[str, str]] = ()) -> Response:
    # Git shows a text/plain body to its user, each line after `remote:`.
    return Response(message, status=status, headers=list(headers), content_type="text/plain; charset=utf-8")


def _unauthorized(message: str) -> Response:
    return _plain(401, message, [("WWW-Authenticate", 'Basic realm="GitHub"')])
