"""The git host that everything is measured against: real git behind HTTP, in a process of its own.

Run as ``python -m bench.host FOLDER``: prints its address, serves until its input ends.
"""

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from werkzeug.serving import WSGIRequestHandler, make_server

from localcloud.githost.app import GitHostApplication
from localcloud.githost.host import GitHost

TOKEN = "ghp_bench"  # nosec B105 # noqa: S105 - of a host that lives as long as the measurement
OWNER = "example-org"


@dataclass(frozen=True)
class Host:
    """Where the host is, and its repositories on disk."""

    url: str
    folder: Path

    def create(self) -> str:
        """A new, empty repository; its full name."""
        name = f"r{uuid.uuid4().hex[:12]}"
        answer = urllib3.request(
            "POST",
            f"{self.url}/api/v3/orgs/{OWNER}/repos",
            body=json.dumps({"name": name, "private": True}),
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        if answer.status != 201:
            raise RuntimeError(f"the host made no repository: {answer.data!r}")
        return f"{OWNER}/{name}"

    def newest(self) -> Path:
        """The folder of the repository that was made last."""
        return max((self.folder / "repositories").glob("*.git"), key=lambda path: int(path.stem))

    def tree(self, branch: str = "main") -> str:
        """The tree of the newest repository, which has to be whole (git fsck --strict)."""
        checked = _git(self.newest(), "fsck", "--strict", "--no-dangling")
        if checked.strip():
            raise RuntimeError(f"git fsck: {checked}")
        return _git(self.newest(), "rev-parse", f"{branch}^{{tree}}").strip()


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@contextmanager
def running(folder: Path) -> Iterator[Host]:
    """A host in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.host", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the host was started without pipes")
    try:
        yield Host(process.stdout.readline().strip(), folder)
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing."""


def main(folder: Path) -> None:
    """Serve until the standard input ends."""
    address: list[str] = []
    host = GitHost(folder, lambda: address[0], lambda *_: None)
    host.register("bench", TOKEN, (OWNER,))
    server = make_server("127.0.0.1", 0, GitHostApplication(host), threaded=True, request_handler=_Quiet)
    address.append(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(address[0], flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
