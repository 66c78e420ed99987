"""Who runs, with which arguments and in which environment: /proc, looked at again and again.

A process that begins and ends between two looks is not seen; whoever starts it in the local cloud is (traffic's
*started*). What a process has in its memory is not looked at.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from localcloud.pieces import Piece

_PROC = Path("/proc")
_PAUSE_SECONDS = 0.25


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
        self._families = {root}
        self._persons = {person} - {None}
        self._known: dict[tuple[str, bytes], None] = {}
        self._read: dict[int, bytes] = {}
        self._processes: set[tuple[int, str]] = set()
        self._over = Event()
        self.looks = 0
        self._thread = Thread(target=self._look_again, name="watch", daemon=True)

    @property
    def seen(self) -> int:
        """Number of processes that were seen."""
        return len(self._processes)

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
        for pid, (parent, session, start) in sorted(table.items()):
            # Sessions, because a parent may be gone before its children.
            if {pid, parent, session} & self._families:
                self._families |= {pid, session}
                self._look_at(pid, start, environment=True)
            elif {pid, parent} & self._persons:
                self._persons.add(pid)
                self._look_at(pid, start, environment=False)

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
            if not arguments or self._read.get(pid) == arguments:
                return  # ended, or it has not become another program
            self._read[pid] = arguments
            self._processes.add((pid, start))
            program = Path(os.fsdecode(arguments.split(b"\0", 1)[0])).name
            self._known[(f"{program}/arguments", arguments.replace(b"\0", b"\n"))] = None
            if environment:
                for variable in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                    self._known[(f"{program}/environment", variable)] = None


def _table() -> Iterator[tuple[int, tuple[int, int, str]]]:
    """Parent, session and start of every process (proc(5), ``stat``: fields 4, 6 and 22)."""
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                stat = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
                fields = stat.rsplit(")", 1)[1].split()
                yield int(entry.name), (int(fields[1]), int(fields[3]), fields[19])
