"""Child processes: each in its own process group, none left behind."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

_KILL_AFTER_SECONDS = 5.0


class ProcessTimeoutError(Exception):
    """A child ran longer than it was allowed to; its whole group has been ended."""


class ChildProcess:
    """One child and its process group."""

    def __init__(self, popen: "subprocess.Popen[bytes]") -> None:
        self._popen = popen

    @property
    def pid(self) -> int:
        """The child's process id, which is also its process group's id."""
        return self._popen.pid

    @property
    def popen(self) -> "subprocess.Popen[bytes]":
        """The underlying process, for its pipes."""
        return self._popen

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._popen.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; ``timeout`` in seconds.

        Raises:
            subprocess.TimeoutExpired: still running after ``timeout``.

        """
        return self._popen.wait(timeout)

    def end(self, grace: float = _KILL_AFTER_SECONDS) -> None:
        """End the whole group: SIGTERM, then SIGKILL for what is left after ``grace`` seconds."""
        self._signal(signal.SIGTERM)
        deadline = monotonic() + grace
        while self._popen.poll() is None and monotonic() < deadline:
            try:
                self._popen.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        self._signal(signal.SIGKILL)
        self._popen.wait()

    def kill(self) -> None:
        """End the whole group at once, as a machine that loses its power."""
        self._signal(signal.SIGKILL)
        self._popen.wait()

    def _signal(self, number: int) -> None:
        """Send a signal to the group, and to others of its session, such as a shell's with job control."""
        for group in {self._popen.pid, *_groups(self._popen.pid)}:
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                continue  # gone already


def _groups(session: int) -> set[int]:
    """The process groups of a session (proc(5), ``stat``: fields 5 and 6)."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue  # it ended meanwhile
        if int(fields[3]) == session:
            found.add(int(fields[2]))
    return found


class ProcessGroup:
    """Starts children and ends all of them when the local cloud stops."""

    def __init__(self) -> None:
        self._children: set[ChildProcess] = set()
        self._lock = Lock()
        self._stopped = False

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: int | None = subprocess.DEVNULL,
        stderr: int | None = subprocess.STDOUT,
        stdin: int | None = subprocess.DEVNULL,
    ) -> ChildProcess:
        """Start ``argv`` (never through a shell) with exactly ``env``.

        Raises:
            OSError: the program cannot be started.
            RuntimeError: the local cloud is stopping.

        """
        with self._lock:
            if self._stopped:
                raise RuntimeError("the local cloud is stopping: no new child processes")
            popen = subprocess.Popen(
                list(argv),
                env=dict(env),
                cwd=cwd,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            child = ChildProcess(popen)
            self._children.add(child)
        return child

    def forget(self, child: ChildProcess) -> None:
        """Stop keeping track of an ended child."""
        with self._lock:
            self._children.discard(child)

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: Callable[[str], None] | Path | None = None,
        timeout: float | None = None,
        on_start: Callable[[ChildProcess], None] | None = None,
    ) -> int:
        """Run to the end and return the exit status (negative: ended by that signal).

        Args:
            argv: program and arguments.
            env: the complete environment.
            cwd: working folder.
            stdout: receives stdout and stderr: a function called with each line (no newline), or a file.
            timeout: seconds until the group is ended.
            on_start: called with the child once it runs, for those who may want to end it early.

        Raises:
            ProcessTimeoutError: ``timeout`` passed.

        """
        child = self.start(argv, env=env, cwd=cwd, stdout=subprocess.PIPE)
        reader = Thread(target=self._pump, args=(child.popen, stdout), daemon=True)
        try:
            # Before the first line is read: whoever ends the child because of a line has to know it.
            if on_start is not None:
                on_start(child)
        finally:
            reader.start()
        try:
            try:
                status = child.wait(timeout)
            except subprocess.TimeoutExpired as error:
                child.end()
                raise ProcessTimeoutError(f"{argv[0]} was ended after {timeout:g} seconds") from error
            return status
        finally:
            # A grandchild may hold the pipe open after the child's end: it belongs to the group and goes with it.
            reader.join(2.0)
            if reader.is_alive():
                child.kill()
                reader.join(2.0)
            self.forget(child)

    def stop(self) -> None:
        """End every child that still runs."""
        with self._lock:
            self._stopped = True
            children = list(self._children)
        for child in children:
            child.end(grace=1.0)

    @staticmethod
    def _pump(popen: "subprocess.Popen[bytes]", sink: Callable[[str], None] | Path | None) -> None:
        if popen.stdout is None:
            raise ValueError("the child was started without a pipe")
        with popen.stdout:
            if isinstance(sink, Path):
                with sink.open("ab") as file:
                    for raw in popen.stdout:
                        file.write(raw)
                        file.flush()
                return
            for raw in popen.stdout:
                if sink is not None:
                    sink(raw.decode("utf-8", "replace").rstrip("\r\n"))
