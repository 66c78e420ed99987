"""Who runs, with which arguments and in which environment: /proc, looked at again and again.

A process that begins and ends between two looks is not seen; whoever starts it in the local cloud is (traffic's
*started*). What a process has in its memory is not looked at.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from localcloud.pieces import Piece

_PROC = Path("/proc")
_PAUSE_SECONDS = 0.25


class _Process(NamedTuple):
    """What /proc says of a process: its parent, its session, when it started."""

    parent: int
    session: int
    start: str


class Watch:
    """Looks at a process and at everything below it, in a thread of its own, until it is ended.

    Args:
        root: the process, whose family's arguments and environments are read.
        person: another one: only the arguments of what is below it are read, because a person hands secrets over
            in the environment.

    Attributes:
        looks: how often it has looked.

    """

    def __init__(self, root: int, person: int | None = None) -> None:
        self._family = _Family(root)
        self._persons = _Family(person) if person is not None else None
        self._known: dict[tuple[str, bytes], None] = {}
        self._read: dict[tuple[int, str], bytes] = {}
        self._over = Event()
        self.looks = 0
        self._thread = Thread(target=self._look_again, name="watch", daemon=True)

    @property
    def seen(self) -> int:
        """Number of processes that were seen."""
        return len(self._read)

    def start(self) -> "Watch":
        """Begin to look."""
        self._thread.start()
        return self

    def end(self) -> None:
        """Look a last time."""
        if not self._over.is_set():
            self._over.set()
            self._thread.join()
            self.look()

    def look(self) -> None:
        """Read what runs now."""
        self.looks += 1
        table = dict(_table())
        mine = self._family.among(table)
        for pid in mine:
            self._look_at(pid, table[pid].start, environment=True)
        if self._persons is not None:
            for pid in self._persons.among(table) - mine:
                self._look_at(pid, table[pid].start, environment=False)

    def pieces(self) -> Iterator[Piece]:
        """All arguments and environments that were seen."""
        for name, data in list(self._known):
            yield Piece(f"process/{name}", data)

    def _look_again(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            self.look()

    def _look_at(self, pid: int, start: str, *, environment: bool) -> None:
        with suppress(OSError):
            arguments = (_PROC / str(pid) / "cmdline").read_bytes()
            if not arguments or self._read.get((pid, start)) == arguments:
                return  # ended, or it has not become another program
            self._read[pid, start] = arguments
            program = Path(os.fsdecode(arguments.split(b"\0", 1)[0])).name
            self._known[(f"{program}/arguments", arguments.replace(b"\0", b"\n"))] = None
            if environment:
                for variable in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                    self._known[(f"{program}/environment", variable)] = None


class _Family:
    """A process and what is below it. Its members are known by number and start: numbers are given out again."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._members: dict[int, str] | None = None
        self._outside: set[int] = set()
        self._sessions: set[int] = set()

    def among(self, table: dict[int, _Process]) -> set[int]:
        """Those of the processes that belong to it."""
        if self._members is None:
            if self._root not in table:
                return set()
            root = table[self._root]
            self._members = {self._root: root.start}
            self._outside = {root.session} - {self._root}  # whoever has started it is in that session too
        alive = {pid for pid, start in self._members.items() if pid in table and table[pid].start == start}
        # Sessions, because a parent may be gone before its children. Those of the look before: as long as anybody
        # is in a session, its number is not given out again.
        sessions = self._sessions
        while more := {
            pid
            for pid, process in table.items()
            if pid not in alive and (process.parent in alive or process.session in sessions)
        }:
            alive |= more
        self._members = {pid: table[pid].start for pid in alive}
        self._sessions = {table[pid].session for pid in alive} - self._outside
        return alive


def _table() -> Iterator[tuple[int, _Process]]:
    """All processes that run, by number (proc(5), ``stat``: fields 4, 6 and 22)."""
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                stat = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
                fields = stat.rsplit(")", 1)[1].split()
                yield int(entry.name), _Process(int(fields[1]), int(fields[3]), fields[19])
