"""What a function's process writes, line by line, without losing the order to the platform's own lines."""

import os
import select
import threading
from collections.abc import Callable
from typing import IO

_CHUNK = 64 * 1024
_CARRIAGE_RETURN = b"\r"


class Output:
    """Reads a process's output in the background; `drain` takes what is there at this moment.

    A result arrives over HTTP, output through a pipe: before the platform writes its END line, everything the
    function had written must be in the log.
    """

    def __init__(self, pipe: IO[bytes], on_line: Callable[[str], None]) -> None:
        self._descriptor = pipe.fileno()
        self._pipe = pipe
        self._on_line = on_line
        self._rest = b""
        self._ended = False
        self._lock = threading.Lock()
        threading.Thread(target=self._follow, name="function-output", daemon=True).start()

    def drain(self) -> None:
        """Handle everything that the process has written so far."""
        with self._lock:
            while self._readable(0.0):
                self._read()

    def close(self) -> None:
        """Handle the rest, an unfinished last line included."""
        self.drain()
        with self._lock:
            self._ended = True
            if self._rest:
                self._emit(self._rest)
                self._rest = b""
            self._pipe.close()

    def _follow(self) -> None:
        while not self._ended:
            # Outside the lock: waiting must not keep `drain` from reading.
            if not self._readable(0.5):
                continue
            with self._lock:
                if self._readable(0.0):
                    self._read()

    def _readable(self, seconds: float) -> bool:
        if self._ended:
            return False
        try:
            return bool(select.select([self._descriptor], [], [], seconds)[0])
        except (OSError, ValueError):
            return False  # closed meanwhile

    def _read(self) -> None:
        data = os.read(self._descriptor, _CHUNK)
        if not data:
            self._ended = True
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._emit(line)

    def _emit(self, line: bytes) -> None:
        # The runtime client joins the lines of a traceback with carriage returns, so that they stay one event.
        text = line.rstrip(_CARRIAGE_RETURN).replace(_CARRIAGE_RETURN, b"\n")
        self._on_line(text.decode("utf-8", "replace"))
