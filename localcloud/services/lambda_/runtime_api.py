"""The runtime API: how an execution environment gets its events and gives back its results.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One server per environment, on a free port.
"""

import logging
import queue
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

log = logging.getLogger(__name__)

_VERSION = "/2018-06-01/runtime"
_RESULT = re.compile(rf"{_VERSION}/invocation/(?P<id>[^/]+)/(?P<kind>response|error)")

OutcomeKind = Literal["ready", "response", "error", "init_error"]


@dataclass(frozen=True)
class Event:
    """One invocation on its way to the function; `deadline` in seconds since the epoch."""

    request_id: str
    payload: bytes = field(repr=False)
    invoked_arn: str
    deadline: float
    trace_id: str
    client_context: str | None = None

    def headers(self) -> dict[str, str]:
        """As the runtime API hands it out."""
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(self.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.invoked_arn,
            "Lambda-Runtime-Trace-Id": self.trace_id,
        }
        if self.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = self.client_context
        return headers


@dataclass(frozen=True)
class Outcome:
    """What the runtime reports: that it is ready for an event, a result, or an error."""

    kind: OutcomeKind
    request_id: str | None = None
    payload: bytes = field(default=b"", repr=False)


class RuntimeApi:
    """The server of one execution environment."""

    def __init__(self) -> None:
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._server = _Server(self)
        thread = threading.Thread(
            target=self._server.serve_forever, args=(0.25,), name=f"runtime-api-{self.port}", daemon=True
        )
        thread.start()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop serving; a runtime that waits for an event gets none."""
        self.events.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """A runtime that was ended in the middle of a request is no news."""
        log.debug("runtime API: connection of %s ended early", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per answer: unbuffered writes cost more than the work

    @property
    def api(self) -> RuntimeApi:
        """The environment's queues."""
        server = self.server
        if not isinstance(server, _Server):
            raise TypeError("the handler belongs to another server")
        return server.api

    def do_GET(self) -> None:
        """Hand out the next event, once there is one."""
        if self.path != f"{_VERSION}/invocation/next":
            self._send(404, b"{}")
            return
        self.api.outcomes.put(Outcome("ready"))
        event = self.api.events.get()
        if event is None:
            self.close_connection = True
            return
        self._send(200, event.payload, event.headers())

    def do_POST(self) -> None:
        """Take a result or an error."""
        payload = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            payload = self._read_chunks()
        if self.path == f"{_VERSION}/init/error":
            self.api.outcomes.put(Outcome("init_error", payload=payload))
        elif match := _RESULT.fullmatch(self.path):
            kind: OutcomeKind = "response" if match["kind"] == "response" else "error"
            self.api.outcomes.put(Outcome(kind, match["id"], payload))
        else:
            self._send(404, b"{}")
            return
        self._send(202, b'{"status":"OK"}')

    def log_message(self, *_: object) -> None:
        """Nothing: the function's log says what there is to say."""

    def _read_chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue  # trailers
        return b"".join(parts)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
