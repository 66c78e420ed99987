"""What a fault makes of a request to the git host, so that its clients' behaviour can be tested.

The faults themselves are in the local cloud's one list (localcloud/faults)::

    host.faults.add(Fault(path=r"/api/v3/.*", status=503, times=2))
    host.faults.add(Fault(path=r".*/git-receive-pack", kind="lose_answer"))

The same over HTTP: POST, GET and DELETE of ``/_localcloud/faults``, here or at the AWS endpoint.
"""

import time
from collections.abc import Callable, Iterable
from typing import IO

from werkzeug.wrappers import Request, Response

from localcloud.faults import calls
from localcloud.faults.git import GitFault as Fault
from localcloud.faults.registry import Faults

__all__ = ["Fault", "Faults", "apply", "take"]


def take(faults: Faults, request: Request) -> Fault | None:
    """The fault that strikes this request."""
    return faults.git(request.method, request.path)


def apply(fault: Fault, request: Request, work: Callable[[Request], Response]) -> Response:
    """Answer a request as the fault says."""
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
    calls.close(request.environ.get("werkzeug.socket"))
    return Response(status=503)


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
