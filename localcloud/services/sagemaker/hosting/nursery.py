"""The parent of the models' processes: started with the first model, ended some time after the last.

It has the libraries of the scikit-learn image loaded and forks, so that a model costs a few megabytes of its own
and no seconds of importing.
"""

import json
import os
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from time import monotonic, sleep
from weakref import WeakKeyDictionary

from localcloud.cloud import Cloud
from localcloud.processes import ChildProcess

_PROGRAM = Path(__file__).with_name("serving") / "nursery.py"
# What every model of the image needs, and nothing that only some do.
_LIBRARIES = ("joblib", "pandas", "sklearn.pipeline", "sklearn.compose", "sklearn.linear_model")
_START_SECONDS = 60.0
_LINGER_SECONDS = 20.0


@dataclass(frozen=True)
class Birth:
    """A model's process as the local cloud holds it.

    Attributes:
        connection: says ``ready`` or ``failed``; the process ends when it is closed.
        output: what the process writes, to be read to its end.
        pid: the process, and its process group.
        address: the Unix socket on which it answers.

    """

    connection: socket.socket
    output: int
    pid: int
    address: str


class Nursery:
    """Forks models' processes; one per local cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._lock = Lock()
        self._child: ChildProcess | None = None
        self._folder = ""
        self._number = 0
        self._alive = 0
        self._timer: Timer | None = None

    def fork(self, environment: Mapping[str, str], folder: Path, code: Path, program: str, model: Path) -> Birth:
        """A process that loads a model and answers; its fate is told by ``connection``.

        Raises:
            OSError: the nursery cannot be started.

        """
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._start()
            self._number += 1
            self._alive += 1
            address = f"{self._folder}/m{self._number}"
        request = {
            "environment": dict(environment),
            "folder": str(folder),
            "code": str(code),
            "program": program,
            "model_dir": str(model),
        }
        reading, writing = os.pipe()
        connection = socket.socket(socket.AF_UNIX)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen(128)
            connection.connect(f"{self._folder}/n")
            data = json.dumps(request).encode() + b"\n"
            sent = socket.send_fds(connection, [data], [listener.fileno(), writing])
            connection.sendall(data[sent:])
        os.close(writing)
        said = line(connection)
        if not said:
            raise OSError("the parent of the models' processes has ended")
        return Birth(connection, reading, int(said), address)

    def ended(self, birth: Birth) -> None:
        """A model's process has ended; without any left, the nursery ends after a while."""
        Path(birth.address).unlink(missing_ok=True)
        with self._lock:
            self._alive -= 1
            if self._alive == 0 and not self._cloud.stopping:
                self._timer = Timer(_LINGER_SECONDS, self._close)
                self._timer.daemon = True
                self._timer.start()

    def _start(self) -> None:
        if self._child is not None and self._child.poll() is None:
            return
        # Short, because a Unix socket's whole path may have 107 bytes at most.
        self._folder = self._folder or tempfile.mkdtemp(prefix="m", dir=self._cloud.short_folder)
        path = Path(self._folder) / "n"
        path.unlink(missing_ok=True)
        environment = self._cloud.child_environment(None, self._cloud.folder("sagemaker") / "serving")
        environment |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
        self._child = self._cloud.processes.start(
            [sys.executable, "-u", str(_PROGRAM), str(path), *_LIBRARIES],
            env=environment,
            cwd=Path(self._folder),
            stdout=None,
            stderr=None,
        )
        deadline = monotonic() + _START_SECONDS
        while not path.exists():
            if self._child.poll() is not None or monotonic() > deadline:
                raise OSError("the parent of the models' processes did not start")
            sleep(0.02)

    def _close(self) -> None:
        with self._lock:
            if self._alive or self._child is None:
                return
            self._child.end(grace=0.0)
            self._cloud.processes.forget(self._child)
            self._child = None


def line(connection: socket.socket) -> str:
    """The next line that a model's process says; empty when it has ended."""
    data = b""
    while not data.endswith(b"\n"):
        try:
            piece = connection.recv(1)
        except OSError:  # closed here, reset, or no word in time
            return ""
        if not piece:
            return ""
        data += piece
    return data.decode().strip()


_ALL: "WeakKeyDictionary[Cloud, Nursery]" = WeakKeyDictionary()
_LOCK = Lock()


def of(cloud: Cloud) -> Nursery:
    """The nursery of a local cloud."""
    with _LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Nursery(cloud)
        return _ALL[cloud]
