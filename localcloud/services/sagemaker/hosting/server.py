"""A model's container: its files, its process, and requests to it."""

import http.client
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Lock
from time import monotonic
from typing import Any

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.service_role import ServiceRole
from localcloud.services.sagemaker.hosting import nursery
from localcloud.services.sagemaker.jobs.transfer import TransferError, split_uri, unpack

_ROOT = "/opt/ml"
_IDLE_CONNECTIONS = 32
_RESTART_SECONDS = 0.5
REQUEST_SECONDS = 60.0
"""The container has to answer within a minute (InvokeEndpoint)."""


class StartError(Exception):
    """The container did not come up; the message is the endpoint's FailureReason."""


class ContainerGoneError(Exception):
    """The container ended, or did not answer in time."""


@dataclass(frozen=True)
class Answer:
    """What the container answered; ``seconds`` is how long it took."""

    status: int
    body: bytes
    content_type: str
    custom_attributes: str | None
    seconds: float


class ModelServer:
    """One running container.

    Attributes:
        name: for threads and folders.
        role: the execution role, as the container has it.
        variant: the production variant that the messages name.

    """

    def __init__(
        self,
        cloud: Cloud,
        name: str,
        role: ServiceRole,
        write: Callable[[Iterable[str]], None],
        variant: str = "AllTraffic",
    ) -> None:
        self.name = name
        self.variant = variant
        self._cloud = cloud
        self.role = role
        self._write = write
        self._root = cloud.temporary_folder("sagemaker", name[:40])
        self._birth: nursery.Birth | None = None
        self._lock = Lock()
        self._idle: list[_UnixConnection] = []
        self._busy = 0
        self._changed = Condition(self._lock)
        self._stopping = False

    def start(self, container: dict[str, Any], seconds: float) -> None:
        """Bring the model in and start the process; waits until it answers pings, ``seconds`` at most.

        Args:
            container: Image, ModelDataUrl and Environment, as DescribeModelPackage gives them.
            seconds: the container's health check timeout.

        Raises:
            StartError: why it did not come up.

        """
        environment = dict(container.get("Environment") or {})
        model = self._place("/opt/ml/model")
        if uri := container.get("ModelDataUrl"):
            self._fetch(uri, model)
        code, program = self._code(environment)
        if program is None:
            self._write(["No user module: SAGEMAKER_PROGRAM is not set, and the local cloud runs no images."])
            raise StartError(_not_healthy(self.variant))
        variables = {name: self._rewrite(value) for name, value in environment.items()}
        variables |= {"SM_MODEL_DIR": str(model), "SAGEMAKER_SAFE_PORT_RANGE": "", "PYTHONUNBUFFERED": "1"}
        complete = self._cloud.child_environment(
            self.role.credentials, self._root / "home", self.role.region, **variables
        )
        if not self._run(complete, code, program, model, seconds):
            self.stop()
            raise StartError(_not_healthy(self.variant))
        self._cloud.spawn(f"{self.name}-watch", self._watch, complete, code, program, model, seconds)

    def _run(self, environment: dict[str, str], code: Path, program: str, model: Path, seconds: float) -> bool:
        """Start the process; whether it has become healthy in time."""
        birth = nursery.of(self._cloud).fork(environment, code, code, program, model)
        self._cloud.spawn(f"{self.name}-log", self._pump, birth.output)
        birth.connection.settimeout(seconds)
        said = nursery.line(birth.connection)
        birth.connection.settimeout(None)
        with self._lock:
            if not self._stopping:
                self._birth = birth
                return said == "ready"
        # It was stopped meanwhile.
        birth.connection.close()
        _end(birth.pid)
        nursery.of(self._cloud).ended(birth)
        return False

    def _watch(self, environment: dict[str, str], code: Path, program: str, model: Path, seconds: float) -> None:
        """Start the process anew when it has ended by itself, as SageMaker restarts a container."""
        while True:
            birth = self._birth
            if birth is not None:
                nursery.line(birth.connection)  # nothing is said any more: this ends with the process
            with self._lock:
                if self._stopping or self._cloud.stopping:
                    return
                self._birth = None
                idle, self._idle = self._idle, []
            for connection in idle:
                connection.close()
            if birth is not None:
                birth.connection.close()
                nursery.of(self._cloud).ended(birth)
            time.sleep(_RESTART_SECONDS)
            if not self._stopping and not self._run(environment, code, program, model, seconds):
                self._write(["The container did not become healthy after its restart."])

    @property
    def pid(self) -> int | None:
        """The process that answers."""
        return self._birth.pid if self._birth is not None else None

    @property
    def busy(self) -> int:
        """Requests being answered."""
        return self._busy

    def acquire(self) -> None:
        """Announce a request, so that the process is not ended before it is answered."""
        with self._lock:
            self._busy += 1

    def release(self) -> None:
        """The announced request has been answered."""
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def invoke(self, body: bytes, headers: dict[str, str], seconds: float = REQUEST_SECONDS) -> Answer:
        """Send a request to ``/invocations``; it has to be announced before.

        Raises:
            ContainerGoneError: no answer.

        """
        started = monotonic()
        for attempt in (1, 2):
            connection, fresh = self._connection(seconds)
            try:
                connection.request("POST", "/invocations", body, headers)
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # An idle connection may have ended meanwhile; a new one has not.
                if fresh or attempt == 2 or isinstance(error, TimeoutError):
                    raise ContainerGoneError(str(error) or type(error).__name__) from error
                continue
            self._give_back(connection)
            kind = response.headers.get("Content-Type", "")
            custom = response.headers.get("X-Amzn-SageMaker-Custom-Attributes")
            return Answer(response.status, content, kind, custom, monotonic() - started)
        raise ContainerGoneError("unreachable")

    def stop(self, seconds: float = 0.0) -> None:
        """End the process once it has answered what it was asked, after ``seconds`` at the latest."""
        deadline = monotonic() + seconds
        with self._changed:
            while self._busy and not self._cloud.stopping and (left := deadline - monotonic()) > 0:
                self._changed.wait(min(left, 0.5))
            self._stopping = True
            birth, self._birth = self._birth, None
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        if birth is not None:
            with closing(birth.connection):
                # The process sees the end of the connection; code that holds on is ended by the signal.
                birth.connection.shutdown(socket.SHUT_RDWR)
            _end(birth.pid)
            nursery.of(self._cloud).ended(birth)
        shutil.rmtree(self._root, ignore_errors=True)

    def _connection(self, seconds: float) -> tuple["_UnixConnection", bool]:
        with self._lock:
            if self._idle:
                connection, fresh = self._idle.pop(), False
            elif self._birth is None:
                raise ContainerGoneError("the container has ended")
            else:
                connection, fresh = _UnixConnection(self._birth.address), True
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        return connection, fresh

    def _give_back(self, connection: "_UnixConnection") -> None:
        with self._lock:
            if not self._stopping and len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _fetch(self, uri: str, model: Path) -> None:
        archive = self._root / "model.tar.gz"
        bucket, key = split_uri(uri)
        try:
            body = self.role.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
            with archive.open("wb") as file:
                for chunk in body.iter_chunks(1 << 20):
                    file.write(chunk)
            unpack(archive, model)
        except (ClientError, TransferError) as error:
            self._write([str(error)])
            raise StartError(
                f'Failed to download model data for container "primary container" from URL: "{uri}". Please '
                "ensure that there is an object located at the URL and that the role passed to CreateModel has "
                "permissions to download the object."
            ) from error
        archive.unlink()

    def _code(self, environment: dict[str, str]) -> tuple[Path, str | None]:
        """The folder of the user's code, and its module; the toolkit copies it to ``/opt/ml/code``."""
        code = self._place("/opt/ml/code")
        source = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        if source.startswith("s3://"):
            bucket, key = split_uri(source)
            archive = self._root / "code.tar.gz"
            try:
                archive.write_bytes(self.role.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
                unpack(archive, code)
            except (ClientError, TransferError) as error:
                self._write([str(error)])
                raise StartError(_not_healthy(self.variant)) from error
        elif source.startswith(f"{_ROOT}/") and (inside := Path(self._rewrite(source))).is_dir():
            shutil.copytree(inside, code, dirs_exist_ok=True)
        return code, environment.get("SAGEMAKER_PROGRAM") or None

    def _place(self, inside: str) -> Path:
        path = Path(self._rewrite(inside))
        path.mkdir(parents=True, exist_ok=True)
        return path

    def _rewrite(self, text: str) -> str:
        return f"{self._root}{text}" if text == _ROOT or text.startswith(f"{_ROOT}/") else text

    def _pump(self, output: int) -> None:
        """Write what the process says to its log stream, as it comes."""
        rest = b""
        with os.fdopen(output, "rb", buffering=0) as pipe:
            while piece := pipe.read(1 << 16):
                *lines, rest = (rest + piece).split(b"\n")
                self._write([text.decode("utf-8", "replace") for text in lines if text])
        if rest:
            self._write([rest.decode("utf-8", "replace")])


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, address: str) -> None:
        super().__init__("localhost", timeout=REQUEST_SECONDS)
        self._address = address

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._address)


def _end(pid: int) -> None:
    try:
        os.killpg(pid, 9)
    except (ProcessLookupError, PermissionError):
        return  # gone already


def _not_healthy(variant: str) -> str:
    return (
        f"The primary container for production variant {variant} did not pass the ping health check. Please check "
        "CloudWatch logs for this endpoint."
    )
