"""The git host: the seed function, with its own client, against the local cloud's GitHub.

Each request that the function takes is carried out, and every line that arrives is looked at: it goes to this
host, to the API of the repository that was named or to its git, and to nothing else; afterwards the repository has
the branch that was named.
"""

import copy
import hashlib
import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from seed_repository.errors import SeedRepositoryError
from seed_repository.events import parse_request
from seed_repository.github import path_of
from seed_repository.retry import Patience
from seed_repository.service import SeedService
from seed_repository.settings import Settings
from seed_repository.transport import Deadline
from werkzeug.serving import WSGIRequestHandler, make_server

from hostile.case import Case, Verdict, unreadable
from hostile.layers.names import Event
from hostile.layers.seed import NAMES, event_of
from hostile.room import Room
from localcloud.githost.app import GitHostApplication
from localcloud.githost.host import GitHost
from release.archives import Entry, zip_archive

LAYER = "git host"
FIELDS = ("GitRepoName", "DeployRepoName", "GitBranchName", "GitRepoURL")
_OPENS = "made-up-for-the-campaign"
_LOGIN = "somebody"
_PATH = re.compile(r"/repos/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        pass


@dataclass
class _Server:
    """The local cloud's GitHub, and the lines that have arrived."""

    host: GitHost
    folder: Path
    url: str = ""
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    headers: set[str] = field(default_factory=set)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.lines.append((environ["REQUEST_METHOD"], environ["RAW_URI"], environ["HTTP_HOST"]))
        self.headers |= {name for name in environ if name.startswith("HTTP_")}
        return GitHostApplication(self.host)(environ, start_response)


@contextmanager
def _served(folder: Path, owners: Iterable[str]) -> Iterator[_Server]:
    host = GitHost(folder, lambda: server.url, lambda *_: None)
    host.register(_LOGIN, _OPENS, tuple(owners))
    server = _Server(host, folder)
    http = make_server("127.0.0.1", 0, server, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class _Stored:
    """S3 with one seed, and Secrets Manager with one token."""

    def __init__(self) -> None:
        toml = b'name = "tried"\ndescription = "One"\ntemplates = ["README.md"]\n'
        text = b"# @{ project_name }@ on @{ branch }@\n"
        entries = [Entry("seed.toml", 0o100644, toml), Entry("repo/README.md", 0o100644, text)]
        self._archive = zip_archive(entries)
        self.sha256 = hashlib.sha256(self._archive).hexdigest()

    def get_object(self, **_: str) -> dict[str, Any]:
        """As boto3 has it."""
        return {"ContentLength": len(self._archive), "Body": io.BytesIO(self._archive)}

    def get_secret_value(self, **_: str) -> dict[str, str]:
        """As boto3 has it."""
        return {"SecretString": json.dumps({"token": _OPENS})}


def try_all(room: Room, cases: Sequence[Case], chosen: Sequence[Case], right: Event) -> list[Verdict]:
    """Make the address of every case, and seed the repositories of the chosen ones.

    Args:
        room: where.
        cases: values of any field.
        chosen: cases of :data:`FIELDS` whose requests the function takes.
        right: a right event.

    """
    verdicts = list(_addresses(cases))
    owners = {event_of(case, right)["repository"]["full_name"].partition("/")[0].lower() for case in chosen}
    stored = _Stored()
    with _served(room.place("git-host"), sorted(owners)) as server:
        here = copy.deepcopy(right)
        here["host"] = {"base_url": server.url, "api_url": f"{server.url}/api/v3"}
        here["repository"]["url"] = f"{server.url}/{here['repository']['full_name']}"
        here["seed"] |= {"bucket": "seeds", "key": "seed.zip", "sha256": stored.sha256}
        verdicts += [_verdict(server, stored, case, here) for case in chosen]
        strange = server.headers - {f"HTTP_{name}" for name in _KNOWN_HEADERS}
        if strange:
            verdicts.append(Verdict(LAYER, chosen[0], wrong=f"headers nobody has sent: {sorted(strange)}"))
    return verdicts


_KNOWN_HEADERS = (
    *("HOST", "USER_AGENT", "AUTHORIZATION", "ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "PRAGMA"),
    *("X_GITHUB_API_VERSION", "GIT_PROTOCOL", "CONTENT_ENCODING", "TRANSFER_ENCODING", "CONNECTION"),
)


def _verdict(server: _Server, stored: _Stored, case: Case, here: Event) -> Verdict:
    event = event_of(case, here)
    if case.field.name == "GitRepoURL":
        # Hosts are compared without case.
        event["repository"]["url"] = re.sub("^https://github[.]com", server.url, case.text, flags=re.IGNORECASE)
    full_name, branch = event["repository"]["full_name"], event["repository"]["branch"]
    server.lines.clear()
    patience = Patience(1, Deadline(60), lambda _: None, lambda: 0.0)
    log = logging.getLogger("hostile")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    service = SeedService(stored, stored, urllib3.PoolManager(), Settings(), patience, log)
    refused = None
    try:
        service.seed(parse_request(event))
    except SeedRepositoryError as error:
        refused = str(error)
    wrong = _strayed(server, full_name)
    if refused is not None:
        names = (full_name, ".".join(NAMES[case.field.name]))
        return Verdict(LAYER, case, refused, wrong or unreadable(refused, names, case.text))
    repository = server.host.repositories.find(*full_name.split("/", 1))
    if repository is None:
        return Verdict(LAYER, case, wrong=wrong or f"there is no {full_name} afterwards")
    inside = repository.path.resolve().is_relative_to(server.folder.resolve() / "repositories")
    # One repository serves all branches that are tried.
    if branch not in repository.branches() or not inside:
        return Verdict(
            LAYER, case, wrong=wrong or f"it has {sorted(repository.branches())} and is at {repository.path}"
        )
    return Verdict(LAYER, case, wrong=wrong)


def _strayed(server: _Server, full_name: str) -> str | None:
    owner = re.escape(full_name.partition("/")[0])
    name = re.escape(full_name)
    allowed = re.compile(
        rf"/api/v3/(repos/{name}(/(compare|git/commits)/[0-9a-f.]+(\?per_page=1&page=2)?)?|user|user/repos|orgs/{owner}/repos)"
        rf"|/{name}\.git/(info/refs\?service=git-receive-pack|git-receive-pack)",
        re.IGNORECASE,  # the host answers with its own spelling of the owner
    )
    for method, uri, host in server.lines:
        if host != urlsplit(server.url).netloc or allowed.fullmatch(uri) is None:
            return f"{method} {uri} was sent to {host}"
    return None if server.lines else "nothing was sent"


def _addresses(cases: Sequence[Case]) -> Iterator[Verdict]:
    """No name leads out of the API's /repos/, checked before or not: a host's answer brings names as well."""
    for case in {case.text: case for case in cases}.values():
        try:
            path = path_of(case.text)
        except SeedRepositoryError as error:
            yield Verdict(LAYER, case, str(error), unreadable(str(error), ("repository",), case.text))
            continue
        except Exception as error:  # noqa: BLE001 - anything else is no answer
            yield Verdict(LAYER, case, wrong=f"the address fails instead of being refused: {error!r}")
            continue
        asked = urllib3.util.parse_url(f"https://api.example{path}")
        if asked.host != "api.example" or asked.request_uri != path or _PATH.fullmatch(path) is None:
            yield Verdict(LAYER, case, wrong=f"its address is {asked.url}")
        else:
            yield Verdict(LAYER, case)
