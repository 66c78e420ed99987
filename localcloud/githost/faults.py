"""Faults that the host can be told to have, so that its clients' behaviour under them can be tested.

A fault applies to requests whose method and path match, a number of times, after letting some pass::

    host.faults.add(Fault(path=r"/api/v3/.*", status=503, times=2))
    host.faults.add(Fault(path=r".*/git-receive-pack", kind="lose_answer"))

The same over HTTP: POST, GET and DELETE of ``/_localcloud/faults``.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import IO, Any, Literal

from werkzeug.wrappers import Request, Response

FaultKind = Literal["answer", "delay", "drop", "cut", "lose_answer"]


@dataclass
class Fault:
    """One rule.

    Attributes:
        path: regular expression that the whole path must match.
        method: HTTP method, None for any.
        kind: `answer` (with `status`, `headers`, `body`, instead of the work), `delay` (`delay` seconds, then the
            work), `drop` (close the connection unanswered), `cut` (close it after `after_bytes` of the request's
            body), `lose_answer` (do the work, then close the connection).
        skip: matching requests to let pass first.
        times: how often it happens; None for ever.

    """

    path: str = ".*"
    method: str | None = None
    kind: FaultKind = "answer"
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    delay: float = 0.0
    after_bytes: int = 0
    skip: int = 0
    times: int | None = 1

    def matches(self, request: Request) -> bool:
        """Whether the rule is about this request."""
        return self.method in (None, request.method) and re.fullmatch(self.path, request.path) is not None


class Faults:
    """The active rules, and a record of the requests that met them."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Activate a rule; the first that matches a request applies."""
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        """Forget all rules."""
        with self._lock:
            self._rules.clear()

    def active(self) -> list[dict[str, Any]]:
        """The rules that may still apply, with what is left of their counts."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def take(self, request: Request) -> Fault | None:
        """The rule that applies to this request, counted down."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(request):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times <= 0:
                        self._rules.remove(rule)
                return rule
        return None

    def control(self, request: Request) -> Response:
        """Answer a request for `/_localcloud/faults`."""
        if request.method == "DELETE":
            self.clear()
        elif request.method == "POST":
            known = {item.name for item in fields(Fault)}
            body = request.get_json()
            rules = body if isinstance(body, list) else [body]
            if unknown := {name for rule in rules for name in rule} - known:
                return _json(400, {"message": f"unknown fields: {', '.join(sorted(unknown))}"})
            for rule in rules:
                self.add(Fault(**rule))
        return _json(200, self.active())


def apply(fault: Fault, request: Request, work: Callable[[Request], Response]) -> Response:
    """Answer a request as the rule says."""
    if fault.kind == "delay":
        time.sleep(fault.delay)
        return work(request)
    if fault.kind == "answer":
        return Response(fault.body, status=fault.status, headers=fault.headers)
    if fault.kind == "cut":
        request.environ["wsgi.input"] = _Cut(request.environ["wsgi.input"], fault.after_bytes)
        work(Request(request.environ)).close()
    elif fault.kind == "lose_answer":
        answer = work(request)
        for _ in answer.iter_encoded():
            pass  # git's answers are streamed: the work is done when they end
        answer.close()
    return _dropped(request)


class _Cut:
    """A request body that breaks after some bytes, as when the peer disappears."""

    def __init__(self, source: IO[bytes], remaining: int) -> None:
        self._source = source
        self._remaining = remaining

    def read(self, size: int = -1) -> bytes:
        if self._remaining <= 0:
            raise ConnectionResetError("the connection was cut by an injected fault")
        wanted = self._remaining if size < 0 else min(size, self._remaining)
        data = self._source.read(wanted)
        self._remaining -= len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)

    def __iter__(self) -> Iterable[bytes]:
        return iter(lambda: self.read(65536), b"")


def _dropped(request: Request) -> Response:
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The client closed it first: dropped all the same.
            return Response(status=503)
    return Response(status=503)


def _json(status: int, payload: Any) -> Response:
    return Response(json.dumps(payload), status=status, content_type="application/json")
