"""Explicit time: what is being waited for, and ending a wait as if its time had passed.

CloudFormation waits an hour for an instance that is gone or a function that does not answer. Nobody who tests that
wants to: ``POST /_localcloud/waits {"subject": "i-0123..."}`` lets the rest of the time pass at once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


@dataclass
class Wait:
    """Something that is waited for.

    Attributes:
        kind: ``signal`` (of an instance), ``answer`` (of a custom resource), ``baking``, ``termination`` or
            ``rollback`` (of an endpoint's deployment), ``scaling`` (of its instances).
        subject: the instance's id, the custom resource's logical id, or the endpoint's name.
        stack: name of the stack that waits; empty when it is none.
        deadline: when its time is over, in seconds of the monotonic clock.

    """

    kind: str
    subject: str
    stack: str
    deadline: float
    _expired: Event = field(default_factory=Event)

    @property
    def expired(self) -> bool:
        """Whether somebody has let the time pass."""
        return self._expired.is_set()

    @property
    def over(self) -> bool:
        """Whether the time has passed."""
        return self._expired.is_set() or monotonic() >= self.deadline

    def expire(self) -> None:
        """Let the rest of the time pass."""
        self._expired.set()

    def shape(self) -> dict[str, Any]:
        """As the control endpoint shows it."""
        left = max(0.0, self.deadline - monotonic())
        return {"kind": self.kind, "subject": self.subject, "stack": self.stack, "seconds_left": round(left, 1)}


class Waits:
    """All waits of one local cloud."""

    def __init__(self) -> None:
        self._open: list[Wait] = []
        self._lock = Lock()

    @contextmanager
    def open(self, kind: str, subject: str, stack: str, seconds: float) -> Iterator[Wait]:
        """Wait for something, ``seconds`` at most."""
        made = Wait(kind, subject, stack, monotonic() + seconds)
        with self._lock:
            self._open.append(made)
        try:
            yield made
        finally:
            with self._lock:
                self._open.remove(made)

    def expire(self, subject: str = "*", stack: str = "*", kind: str = "*") -> list[dict[str, Any]]:
        """Let the time of every wait that matches the patterns pass; those waits."""
        with self._lock:
            wanted = {"subject": subject, "stack": stack, "kind": kind}
            found = [
                item
                for item in self._open
                if not item.over
                and all(fnmatchcase(getattr(item, name), pattern) for name, pattern in wanted.items())
            ]
        for item in found:
            item.expire()
        return [item.shape() for item in found]

    def control(self, request: Request) -> Response:
        """GET lists the waits; POST ``{"subject", "stack", "kind"}`` (patterns) ends those that match."""
        if request.method == "POST":
            wanted = request.get_json(force=True)
            if unknown := sorted(set(wanted) - {"subject", "stack", "kind"}):
                return _json({"message": f"unknown fields: {', '.join(unknown)}"}, 400)
            return _json(self.expire(**wanted))
        with self._lock:
            return _json([item.shape() for item in self._open if not item.over])


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")


_ALL: "WeakKeyDictionary[Cloud, Waits]" = WeakKeyDictionary()
_LOCK = Lock()


def of(cloud: "Cloud") -> Waits:
    """The waits of a local cloud."""
    with _LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Waits()
            cloud.routes["waits"] = _ALL[cloud].control
        return _ALL[cloud]
