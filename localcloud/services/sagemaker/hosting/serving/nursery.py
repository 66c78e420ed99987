"""``python nursery.py SOCKET MODULE...``: has the image's libraries loaded, and forks a process for each model.

A request is one JSON line with two file descriptors: the socket that the model shall listen on, and where its
output goes. The connection then belongs to the model's process: it says its process id, ``ready`` or ``failed``,
and when either side closes it, the other knows.

This file is run by its path, so that nothing but the image's libraries is loaded.
"""

import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

_LARGEST = 1 << 20


def main(path: str, modules: list[str]) -> NoReturn:
    """Load the modules, listen, fork."""
    sys.path.insert(0, str(Path(__file__).parent))
    import serving_toolkit  # type: ignore[import-not-found]  # noqa: F401, PLC0415 - found by every model

    for name in modules:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    _give_back()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    # Under its name only when it listens: whoever sees the socket connects at once.
    listener.bind(f"{path}.new")
    listener.listen(16)
    Path(f"{path}.new").rename(path)
    while True:
        connection, _ = listener.accept()
        data, descriptors, _, _ = socket.recv_fds(connection, _LARGEST, 2)
        while data and not data.endswith(b"\n"):
            data += connection.recv(_LARGEST)
        if not data:
            connection.close()
            continue
        if os.fork():
            connection.close()
            for descriptor in descriptors:
                os.close(descriptor)
            continue
        try:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _model(json.loads(data), connection, descriptors)
        finally:
            os._exit(1)


def _model(request: dict[str, Any], connection: socket.socket, descriptors: list[int]) -> None:
    """Become the model's process: its own group, environment, folder and output."""
    import serving_toolkit as container  # noqa: PLC0415 - see main

    os.setpgid(0, 0)
    connection.sendall(f"{os.getpid()}\n".encode())
    listener = socket.socket(fileno=descriptors[0])
    os.dup2(descriptors[1], 1)
    os.dup2(descriptors[1], 2)
    os.close(descriptors[1])
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path.remove(str(Path(__file__).parent))
    Thread(target=_end_with, args=(connection,), daemon=True).start()
    try:
        functions = container.load(Path(request["code"]), request["program"])
        serving = container.Serving(functions, request["model_dir"])
    except BaseException:  # noqa: BLE001 - whatever keeps the model from loading is the container's log
        traceback.print_exc()
        sys.stderr.flush()
        connection.sendall(b"failed\n")
        os._exit(1)
    gc.collect()
    _give_back()
    connection.sendall(b"ready\n")
    container.serve(listener, serving)


def _end_with(connection: socket.socket) -> None:
    """End when the local cloud closes the connection, or is gone."""
    try:
        connection.recv(1)
    finally:
        os._exit(0)


def _give_back() -> None:
    """Return what is free to the system (glibc)."""
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
