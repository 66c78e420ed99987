"""What can be killed: instances, builds and functions that run something now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from localcloud import waits

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


@dataclass(frozen=True, eq=False)
class Target:
    """Something that runs.

    Attributes:
        child: ``instance``, ``build`` or ``function``.
        name: the instance's id, the build's id, the function's name.
        session: name of the session with its role, by which its calls are recognised.
        kill: SIGKILL to its processes.
        terminate: ends it as its service would; ``at_once`` without grace.
        access_key: with which its calls are signed, when everything that has this key dies with it.
        about: what it works on, in its own words: an instance's command, a build's variables.

    """

    child: str
    name: str
    session: str
    kill: Callable[[], object]
    terminate: Callable[..., object]
    access_key: str = ""
    about: str = field(default="", repr=False)


class Targets:
    """Everything that runs in one local cloud."""

    def __init__(self, expire: Callable[[str], object]) -> None:
        self._running: list[Target] = []
        self._lock = RLock()
        self._expire = expire
        self._dead: set[str] = set()

    def add(self, target: Target) -> Target:
        """Something has begun to run."""
        with self._lock:
            self._running.append(target)
        return target

    def remove(self, target: Target) -> None:
        """Something has ended."""
        with self._lock:
            if target in self._running:
                self._running.remove(target)

    def find(self, child: str, name: str, session: str | None = None) -> list[Target]:
        """The running ones of a sort: by a pattern of their name, else by their session, else all of them."""
        with self._lock:
            sort = [item for item in self._running if item.child == child]
        if name:
            return [item for item in sort if fnmatchcase(item.name, name)]
        own = [item for item in sort if session is not None and item.session == session]
        return own or sort

    def about(self, names: list[str]) -> str:
        """What the running ones of these names or sessions work on."""
        with self._lock:
            return "\n".join(item.about for item in self._running if {item.name, item.session} & set(names))

    def bury(self, access_key: str) -> None:
        """From now on nobody hears a call with this key.

        The AWS CLI of a child runs in a process of the local cloud's that has it loaded, and would outlive it.
        """
        if access_key:
            self._dead.add(access_key)

    def is_dead(self, access_key: str) -> bool:
        """Whether the caller has died."""
        return access_key in self._dead

    def end(self, target: Target, how: str, *, expire: bool) -> None:
        """Kill one; see Kill for the words."""
        if how == "kill":
            self.bury(target.access_key)
            target.kill()
        else:
            target.terminate(at_once=how == "power-off")
        if expire:
            self._expire(target.name)


LOCK = RLock()
_ALL: "WeakKeyDictionary[Cloud, Targets]" = WeakKeyDictionary()


def of(cloud: "Cloud") -> Targets:
    """What runs in a local cloud."""
    with LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Targets(waits.of(cloud).expire)
        return _ALL[cloud]
