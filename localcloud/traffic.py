"""What passes through the local cloud and may be gone in the end: requests, answers, logs, processes, folders.

Kept only when the local cloud is told to (``--keep-traffic``), for those who look through it afterwards, and as
long as it runs. The same data is written once. What Secrets Manager is given and gives is not written.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud import buckets
from localcloud.pieces import Piece, framed
from localcloud.recognition import Recognised, buffer_body

FILE = "traffic"
"""Name of the file in the local cloud's folder."""

SECRET_OPERATIONS = frozenset(
    f"secretsmanager:{name}"
    for name in ("CreateSecret", "PutSecretValue", "UpdateSecret", "GetSecretValue", "BatchGetSecretValue")
)
# Their bodies are a stream; what comes of it is read from the bucket.
_UPLOADS = frozenset(("s3:PutObject", "s3:CompleteMultipartUpload"))
_STREAMS = _UPLOADS | {"s3:UploadPart"}
# Who calls proves it with these, in every request; the rest differs each time and says nothing.
_LEFT_OUT = frozenset(
    f"HTTP_{name}"
    for name in (
        *("AUTHORIZATION", "X_AMZ_SECURITY_TOKEN", "X_AMZ_DATE", "X_AMZ_CONTENT_SHA256", "HOST", "CONNECTION"),
        *("AMZ_SDK_INVOCATION_ID", "AMZ_SDK_REQUEST", "ACCEPT", "ACCEPT_ENCODING", "EXPECT", "TRANSFER_ENCODING"),
    )
)


# Programs remove what they have written before anybody could look at it: a run's plan goes with its folder.
_RM = """#!/bin/sh
# Keeps a copy of what is removed: localcloud/traffic.py.
for path; do
  case $path in
    -*) ;;
    *) [ ! -e "$path" ] || cp -RP -- "$path" "$(mktemp -d {kept}/XXXXXX)" ;;
  esac
done
exec {real} "$@"
"""


class Traffic:
    """Writes pieces to a file, each content once."""

    def __init__(self, path: Path) -> None:
        self._root = path.parent
        self._lock = Lock()
        self._known: set[bytes] = set()
        self._file = path.open("wb")
        path.chmod(0o600)

    def note(self, name: str, data: bytes) -> None:
        """Keep what has passed, unless the very same has passed before."""
        digest = blake2b(data, digest_size=16).digest()
        with self._lock:
            if data and digest not in self._known and not self._file.closed:
                self._known.add(digest)
                self._file.write(framed(Piece(f"traffic/{name}", data)))
                self._file.flush()

    def watch_this_process(self) -> None:
        """Note every process that this one starts, and every folder below the local cloud's that it removes.

        The interpreter tells of both before they happen, wherever in the code they do
        (https://docs.python.org/3/library/audit_events.html). That cannot be undone: for a process that is a local
        cloud and nothing else.
        """

        def heard(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "subprocess.Popen":
                self._started(*arguments)
            elif event == "shutil.rmtree" and not self._file.closed:
                self.folder(Path(os.fsdecode(arguments[0])))

        sys.addaudithook(heard)

    def keep_removed(self, programs: Path) -> None:
        """Put a program ``rm`` into a folder for a PATH, which copies what it removes to ``removed``."""
        kept = self._root / "removed"
        kept.mkdir()
        real = shutil.which("rm", path="/bin:/usr/bin") or "/bin/rm"
        program = programs / "rm"
        program.write_text(_RM.format(kept=shlex.quote(str(kept)), real=real), encoding="utf-8")
        program.chmod(0o755)

    def _started(self, program: Any, arguments: Any, _folder: Any, environment: Mapping[Any, Any] | None) -> None:
        words = [arguments] if isinstance(arguments, str | bytes) else list(arguments)
        line = b"\n".join(os.fsencode(word) for word in [program, *words])
        name = Path(os.fsdecode(words[0])).name
        self.note(f"started/{name}/arguments", line)
        given = os.environ if environment is None else environment
        for variable, value in given.items():
            text = os.fsencode(variable) + b"=" + os.fsencode(value)
            self.note(f"started/{name}/environment/{os.fsdecode(variable)}", text)

    def folder(self, folder: Path) -> None:
        """Keep the files of a folder of the local cloud that is about to go."""
        if not folder.is_relative_to(self._root):
            return
        for parent, _, names in os.walk(folder):
            for name in names:
                file = Path(parent) / name
                with suppress(OSError):
                    if file.is_file() and not file.is_symlink():
                        self.note(f"removed/{file.relative_to(self._root)}", file.read_bytes())

    @staticmethod
    def keep_body(environ: dict[str, Any], recognised: Recognised) -> None:
        """Keep a request's body for ``call``, where it is no stream."""
        if f"{recognised.service}:{recognised.operation}" not in _STREAMS:
            buffer_body(environ)

    def call(self, environ: dict[str, Any], recognised: Recognised, principal: str, response: Response) -> None:
        """Keep a call of an AWS operation and its answer."""
        name = f"{recognised.service}:{recognised.operation}"
        if name in SECRET_OPERATIONS:
            return
        request = Request(environ, populate_request=False)
        headers = {
            header: value
            for header, value in environ.items()
            if header.startswith("HTTP_") and header not in _LEFT_OUT and isinstance(value, str)
        }
        line = f"{request.method} {request.full_path}\n" + "\n".join(
            f"{key}: {value}" for key, value in headers.items()
        )
        self.note(f"request/{name}/{principal}", line.encode("utf-8", "replace"))
        if body := environ.get("localcloud.body") or _stored(recognised, response):
            self.note(f"request/{name}/{principal}", body)
        self.note(f"answer/{name}", response.get_data())

    def close(self) -> None:
        """Stop keeping."""
        with self._lock:
            self._file.close()


def _stored(recognised: Recognised, response: Response) -> bytes:
    """The body of an upload to S3, as the bucket has it: how it travelled does not matter."""
    if f"{recognised.service}:{recognised.operation}" not in _UPLOADS or response.status_code >= 400:
        return b""
    bucket = buckets.find(recognised.parameters["Bucket"], recognised.region)
    item = bucket.keys.get(recognised.parameters["Key"]) if bucket is not None else None
    return item.value if item is not None and not getattr(item, "disposed", True) else b""
