"""Inside a model's process: ``/ping`` and ``/invocations`` as SageMaker's scikit-learn container answers them.

The container's serving stack (https://github.com/aws/sagemaker-scikit-learn-container, ``serving.py``, and the
toolkit below it) imports the module that ``SAGEMAKER_PROGRAM`` names, calls its ``model_fn`` once, and for each
request ``input_fn``, ``predict_fn`` and ``output_fn``, with defaults for what the module does not have.

Nothing of the local cloud is imported here: each model's process has only what its code needs.
"""

import importlib
import io
import json
import os
import socket
import socketserver
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

_TEXT = ("application/json", "text/csv")
_ERROR_PAGE = (
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"
    "<p>The server encountered an internal error and was unable to complete your request. Either the server is "
    "overloaded or there is an error in the application.</p>\n"
)


class UnsupportedFormatError(Exception):
    """The container's own defaults do not read or write this content type."""


@dataclass(frozen=True)
class Functions:
    """What answers a request: the user's functions, or the container's defaults."""

    model_fn: Callable[[str], Any]
    input_fn: Callable[[Any, str], Any]
    predict_fn: Callable[[Any, Any], Any]
    output_fn: Callable[[Any, str], Any]


@dataclass(frozen=True)
class Answer:
    """A response of the container."""

    status: int
    body: bytes
    content_type: str


def load(code: Path, program: str) -> Functions:
    """Import the user's module from ``code`` and take its functions.

    Raises:
        ImportError: the module is not there, or does not import.

    """
    sys.path.insert(0, str(code))
    module = importlib.import_module(program.removesuffix(".py").replace("/", "."))
    return Functions(
        getattr(module, "model_fn", _default_model_fn),
        getattr(module, "input_fn", _default_input_fn),
        getattr(module, "predict_fn", _default_predict_fn),
        getattr(module, "output_fn", _default_output_fn),
    )


class Serving:
    """A loaded model and the functions around it."""

    def __init__(self, functions: Functions, model_dir: str) -> None:
        self._functions = functions
        self._model = functions.model_fn(model_dir)

    def invoke(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Answer ``/invocations``; what the user's functions raise is a 500, its traceback goes to the log."""
        content: Any = body
        if content_type.split(";", maxsplit=1)[0].strip().lower() in _TEXT:
            content = body.decode("utf-8")
        functions = self._functions
        try:
            data = functions.input_fn(content, content_type)
        except UnsupportedFormatError as error:
            return _refusal(error, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        prediction = functions.predict_fn(data, self._model)
        try:
            result = functions.output_fn(prediction, accept)
        except UnsupportedFormatError as error:
            return _refusal(error, HTTPStatus.NOT_ACCEPTABLE)
        written, kind = result if isinstance(result, tuple) else (result, accept)
        return Answer(200, written.encode() if isinstance(written, str) else bytes(written), str(kind))


def serve(listener: socket.socket, serving: Serving) -> None:
    """Answer requests on a listening socket until the process is ended."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = False  # a Unix socket has none

        def do_GET(self) -> None:
            known = self.path == "/ping"
            self._send(Answer(200 if known else 404, b"" if known else b"Not Found", "text/html; charset=utf-8"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != "/invocations":
                self._send(Answer(404, b"Not Found", "text/html; charset=utf-8"))
                return
            accept = self.headers.get("Accept") or ""
            if accept in ("", "*/*"):
                accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
            try:
                answer = serving.invoke(body, self.headers.get("Content-Type") or "application/json", accept)
            except Exception:  # noqa: BLE001 - the container's top: a 500, and the traceback in the log
                _log(traceback.format_exc())
                answer = Answer(500, _ERROR_PAGE.encode(), "text/html; charset=utf-8")
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            if self.path != "/ping":
                when = self.log_date_time_string()
                size = len(answer.body)
                _log(f'127.0.0.1 - - [{when}] "{self.requestline}" {answer.status} {size} "-" "AHC/2.0"')

        def log_message(self, *_: object) -> None:
            """Lines are written above, as the container's web server writes them."""

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    server = Server(str(listener.getsockname()), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever(poll_interval=3600.0)


def _log(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def _refusal(error: Exception, status: HTTPStatus) -> Answer:
    body = {"error": type(error).__name__, "error-message": str(error)}
    return Answer(int(status), json.dumps(body).encode(), "application/json")


def _default_model_fn(_: str) -> Any:
    raise NotImplementedError(
        "Please provide a model_fn implementation. See documentation for model_fn at "
        "https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html"
    )


def _default_input_fn(content: Any, content_type: str) -> Any:
    import numpy  # noqa: PLC0415 - only who relies on the defaults pays for it

    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == "application/json":
        return numpy.array(json.loads(content)).astype(numpy.float32)
    if kind == "text/csv":
        return numpy.genfromtxt(io.StringIO(content), dtype=numpy.float32, delimiter=",", ndmin=1)
    if kind == "application/x-npy":
        return numpy.load(io.BytesIO(content), allow_pickle=False)
    raise UnsupportedFormatError(f"Content type {content_type} is not supported by this framework.")


def _default_predict_fn(data: Any, model: Any) -> Any:
    return model.predict(data)


def _default_output_fn(prediction: Any, accept: str) -> tuple[Any, str]:
    import numpy  # noqa: PLC0415 - see above

    values = numpy.asarray(prediction)
    kind = accept.split(";", maxsplit=1)[0].strip().lower()
    if kind == "application/json":
        return json.dumps(values.tolist()), kind
    if kind == "text/csv":
        text = io.StringIO()
        numpy.savetxt(text, numpy.atleast_1d(values), delimiter=",", fmt="%s")
        return text.getvalue(), kind
    if kind == "application/x-npy":
        buffer = io.BytesIO()
        numpy.save(buffer, values)
        return buffer.getvalue(), kind
    raise UnsupportedFormatError(f"Content type {accept} is not supported by this framework.")
