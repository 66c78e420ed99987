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
from pathlib import Path
from typing import Any

from awscli import clidriver

from localcloud.aws_cli.warming import loaded_driver

_LARGEST_PIECE = 1 << 20
_LOOK_SECONDS = 5.0
"""How soon the end of a local cloud that was killed is noticed."""
_DATA_PATH = "AWS_DATA_PATH"
_OWN_SETTINGS = (
    _DATA_PATH,
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
)


def serve(path: str) -> None:
    """Listen until the process is ended, or the one that has started it is gone."""
    # What each command would load, all of them find loaded.
    driver = loaded_driver()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    listener.settimeout(_LOOK_SECONDS)
    parent = os.getppid()
    while os.getppid() == parent:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        connection.setblocking(True)
        if os.fork():
            connection.close()
            continue
        status = 1
        try:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            status = _run(_receive(connection), driver)
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


def _run(request: dict[str, Any], driver: clidriver.CLIDriver) -> int:
    # The CLI finds its own data by a variable that it has set when it was loaded.
    own = os.environ[_DATA_PATH]
    given = request["environment"].get(_DATA_PATH)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ[_DATA_PATH] = os.pathsep.join(filter(None, (given, own)))
    os.chdir(request["folder"])
    sys.argv = ["aws", *request["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - the process's own
    if _has_own_settings(request["environment"]):
        # The CLI reads its files when a driver is made: this caller's are not those of the process.
        driver = clidriver.create_clidriver()
    try:
        status = driver.main(request["arguments"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = status or 1
    return int(status or 0)


def _has_own_settings(environment: dict[str, str]) -> bool:
    home = environment.get("HOME")
    return any(name in environment for name in _OWN_SETTINGS) or home is None or (Path(home) / ".aws").exists()


if __name__ == "__main__":
    serve(sys.argv[1])
