"""Child processes of the demo: each in a session of its own, all ended with the demo."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

_LAST_LINES = 60


class Child:
    """A running process whose output is read line by line in the background.

    Attributes:
        tail: the last lines of its output.
        started: when it was started (UTC).
        ended: when its output ended (UTC); None while it runs.

    """

    def __init__(
        self,
        arguments: list[str],
        *,
        environment: dict[str, str],
        directory: Path,
        on_line: Callable[[str], None],
        patience: float,
    ) -> None:
        self._patience = patience
        self.started = datetime.now(UTC)
        self.ended: datetime | None = None
        self.tail: deque[str] = deque(maxlen=_LAST_LINES)
        self._process = subprocess.Popen(
            arguments,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, args=(on_line,), daemon=True, name=f"output-{self._process.pid}")
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs or while there is output left to read."""
        return None if self._reader.is_alive() else self._process.poll()

    def end(self) -> None:
        """Ask it to end, and end its whole session if it does not within its patience."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(self._patience)
            except subprocess.TimeoutExpired:
                self._kill()
        self._reader.join(5.0)

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    def _read(self, on_line: Callable[[str], None]) -> None:
        if self._process.stdout is None:
            return
        with self._process.stdout as lines:
            for line in lines:
                self.tail.append(line.rstrip("\n"))
                on_line(line)
        self.ended = datetime.now(UTC)


class Children:
    """All children; ``end`` ends them in reverse order of their start."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def start(
        self,
        arguments: list[str],
        *,
        environment: dict[str, str],
        directory: Path,
        on_line: Callable[[str], None] = lambda _line: None,
        patience: float = 10.0,
    ) -> Child:
        """Start a process from a list of words; no shell sees them.

        Args:
            arguments: program and arguments.
            environment: all of its environment.
            directory: where it runs.
            on_line: is given every line of its output, in another thread.
            patience: seconds it may take to end when it is asked to.

        """
        child = Child(arguments, environment=environment, directory=directory, on_line=on_line, patience=patience)
        self._children.append(child)
        return child

    def release(self, child: Child) -> None:
        """Leave a child running when the demo ends."""
        self._children.remove(child)

    def end(self) -> None:
        """End every child that still runs."""
        for child in reversed(self._children):
            child.end()
        self._children.clear()
