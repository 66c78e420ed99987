"""``python forked.py``: runs the fakes beside it in forks of one process; a run of the runner calls two dozen.

Starting Python for each took longer than everything else in these tests. A caller is a few lines of bash that
say their process id; arguments, environment, folder and streams are read from /proc, so this is for Linux. It ends
when its standard input does.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path

FAKES = Path(__file__).resolve().parent
CALLER = """#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{port}
echo "{name} $$" >&3
read -r -u 3 status
exit "${{status:-70}}"
"""
# For the fakes: loaded once.
__all__ = ["CALLER", "fcntl", "json", "re", "shutil", "time"]


def serve() -> None:
    """Say the port, and fork for each caller."""
    programs = {
        name: compile((FAKES / f"{name}.py").read_text(encoding="utf-8"), f"{name}.py", "exec")
        for name in ("aws", "curl")
    }
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    while True:
        connection, _ = listener.accept()
        if os.fork():
            connection.close()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        name, pid = connection.makefile().readline().split()
        status = _become(Path("/proc") / pid, name, programs[name])
        connection.sendall(b"%d\n" % status)
        os._exit(0)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _become(caller: Path, name: str, program: object) -> int:
    os.chdir(caller / "cwd")
    pairs = (caller / "environ").read_bytes().decode().split("\0")
    os.environ.clear()
    os.environ.update(pair.split("=", 1) for pair in pairs if "=" in pair)
    # bash, its script, and the caller's own words
    sys.argv = (caller / "cmdline").read_bytes().decode().split("\0")[1:-1]
    # While bash says its process id, its standard output is the connection.
    for _ in range(1000):
        if not str((caller / "fd" / "1").readlink()).startswith("socket:"):
            break
        time.sleep(0.001)
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY | os.O_APPEND), (2, os.O_WRONLY | os.O_APPEND)):
        os.dup2(os.open(caller / "fd" / str(number), mode), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - the process's own
    status = 0
    try:
        exec(program, {"__name__": "__main__", "__file__": str(FAKES / f"{name}.py")})  # type: ignore[arg-type] # noqa: S102 - the fake beside this file
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001 - as Python itself would end
        traceback.print_exc()
        status = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = status or 120
    return status


if __name__ == "__main__":
    serve()
