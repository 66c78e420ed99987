"""Invoking functions: at once and waiting for the result, or as an event with retries and destinations."""

import json
import logging
import secrets
import socket
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from localcloud import faults
from localcloud.principals import AccessDeniedError
from localcloud.responses import ServiceError, ServiceException
from localcloud.services.lambda_ import errors
from localcloud.services.lambda_.destinations import deliver
from localcloud.services.lambda_.environment import Result
from localcloud.services.lambda_.functions import Function
from localcloud.services.lambda_.pool import Pool
from localcloud.services.lambda_.runtime_api import Event

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

log = logging.getLogger(__name__)

#: AWS waits one minute, then two, before it tries a failed event again; nobody wants to wait that long here.
RETRY_SECONDS = (1.0, 2.0)


@dataclass(frozen=True)
class Request:
    """What a caller wants: the event, and what travels with it."""

    payload: bytes = field(repr=False)
    client_context: str | None = None
    trace_id: str | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class EventPolicy:
    """What becomes of an event that fails (PutFunctionEventInvokeConfig)."""

    retries: int = 2
    on_success: str | None = None
    on_failure: str | None = None


class Invocations:
    """Runs functions of one local cloud."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._faults = faults.of(cloud)
        # Tracing sends datagrams to a daemon; here they arrive, and nobody reads them.
        self._xray = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._xray.bind(("127.0.0.1", 0))
        host, port = self._xray.getsockname()
        self.pool = Pool(cloud, f"{host}:{port}")

    def wait(self, function: Function, request: Request) -> Result:
        """Run a function and return its result (RequestResponse)."""
        self._check(function, request.payload, errors.MAXIMUM_REQUEST)
        return self._run(function, request)

    def enqueue(self, function: Function, request: Request, policy: EventPolicy) -> None:
        """Run a function later, again when it fails (Event)."""
        self._check(function, request.payload, errors.MAXIMUM_EVENT)
        payload = _parsed(request.payload)
        twice = self._faults.invocation(function.name, payload, duplicating=True) is not None
        for _ in range(2 if twice else 1):
            self._cloud.spawn(f"event-{function.name}", self._work_off, function, request, policy)

    def check(self, function: Function, payload: bytes) -> None:
        """Whether an invocation would be accepted (DryRun)."""
        self._check(function, payload, errors.MAXIMUM_REQUEST)

    def _check(self, function: Function, payload: bytes, limit: int) -> None:
        if len(payload) > limit:
            raise errors.request_too_large(limit)
        if payload:
            try:
                json.loads(payload)
            except ValueError as error:
                raise errors.not_json(str(error)) from error
        if not function.runtime.startswith("python3"):
            raise errors.unsupported_runtime(function.runtime)

    def _run(self, function: Function, request: Request) -> Result:
        try:
            environment = self.pool.acquire(function)
        except AccessDeniedError as error:
            raise errors.role_not_assumable() from error
        event = Event(
            request_id=request.request_id,
            payload=request.payload or b"{}",
            invoked_arn=function.invoked_arn,
            deadline=0.0,  # set when the environment is ready for it
            trace_id=request.trace_id or _trace_id(sampled=function.tracing == "Active"),
            client_context=request.client_context,
        )
        fault = self._faults.invocation(function.name, _parsed(request.payload), duplicating=False)
        if fault is not None and fault.kind == "delay":
            time.sleep(fault.seconds)
            fault = None
        try:
            return environment.invoke(event, fault)
        finally:
            self.pool.release(environment)

    def _work_off(self, function: Function, request: Request, policy: EventPolicy) -> None:
        result, attempts = None, 0
        for attempt in range(policy.retries + 1):
            if attempt:
                time.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS)) - 1])
            if self._cloud.stopping:
                return
            attempts = attempt + 1
            try:
                result = self._run(function, request)
            except ServiceException as error:
                log.warning("event for %s: %s", function.name, error)
                payload = json.dumps({"errorType": error.code, "errorMessage": error.message}).encode()
                result = Result(payload, function.version, "Unhandled")
            if result.error is None:
                break
        if result is None:
            return
        target = policy.on_failure if result.error else policy.on_success
        if target:
            self._tell(function, request, result, target, attempts)

    def _tell(self, function: Function, request: Request, result: Result, target: str, attempts: int) -> None:
        condition = "RetriesExhausted" if result.error else "Success"
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": request.request_id,
                "functionArn": f"{function.arn}:{function.version}",
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "requestPayload": json.loads(request.payload or b"{}"),
            "responseContext": {"statusCode": 200, "executedVersion": function.version},
            "responsePayload": json.loads(result.payload or b"null"),
        }
        if result.error:
            record["responseContext"]["functionError"] = result.error
        deliver(self._cloud, function, target, record)


def _parsed(payload: bytes) -> Any:
    """The event, for those who look into it; what is not JSON has been refused before."""
    return json.loads(payload) if payload else {}


def _trace_id(*, sampled: bool) -> str:
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled={int(sampled)}"


_INVOCATIONS: WeakKeyDictionary["Cloud", Invocations] = WeakKeyDictionary()


def of(cloud: "Cloud") -> Invocations:
    """The invocations of a local cloud."""
    found = _INVOCATIONS.get(cloud)
    if found is None:
        found = _INVOCATIONS[cloud] = Invocations(cloud)
    return found


__all__ = ["EventPolicy", "Invocations", "Request", "ServiceError", "of"]
