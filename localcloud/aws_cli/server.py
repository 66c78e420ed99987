"""``python -m localcloud.aws_cli.server SOCKET``: forks the AWS CLI, already loaded, for each connection.

A request is one JSON object, ended by a zero byte, with the caller's three streams attached; the answer is the
exit status, one byte.
"""

import gc
import json
import os
import signal
import socket
import sys
from typing import Any, NoReturn

from awscli import clidriver

_LARGEST_PIECE = 1 << 20
_DATA_PATH = "AWS_DATA_PATH"


def serve(path: str) -> NoReturn:
    """Listen until the process is ended."""
    # What the first command would import, all of them find loaded.
    clidriver.create_clidriver()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    while True:
        connection, _ = listener.accept()
        if os.fork():
            connection.close()
            continue
        status = 1
        try:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            status = _run(_receive(connection))
            connection.sendall(bytes([status & 0xFF]))
        finally:
            os._exit(status)


def _receive(connection: socket.socket) -> dict[str, Any]:
    """The request; the caller's streams have become this process's."""
    data, streams, _, _ = socket.recv_fds(connection, _LARGEST_PIECE, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    while not data.endswith(b"\0"):
        piece = connection.recv(_LARGEST_PIECE)
        if not piece:
            raise ConnectionError("the caller has gone")
        data += piece
    return dict(json.loads(data[:-1]))


def _run(request: dict[str, Any]) -> int:
    # The CLI finds its own data by a variable that it has set when it was loaded.
    own = os.environ[_DATA_PATH]
    given = request["environment"].get(_DATA_PATH)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ[_DATA_PATH] = os.pathsep.join(filter(None, (given, own)))
    os.chdir(request["folder"])
    sys.argv = ["aws", *request["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - the process's own
    try:
        status = clidriver.create_clidriver().main(request["arguments"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = status or 1
    return int(status or 0)


if __name__ == "__main__":
    serve(sys.argv[1])
