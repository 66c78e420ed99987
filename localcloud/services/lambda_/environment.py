"""An execution environment: one process of the runtime, one event at a time, warm in between."""

import json
import logging
import queue
import re
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud import faults
from localcloud.faults import targets
from localcloud.faults.deliveries import InvocationFault
from localcloud.service_role import ServiceRole
from localcloud.services.lambda_.errors import MAXIMUM_RESPONSE
from localcloud.services.lambda_.functions import Function, runtime_arn
from localcloud.services.lambda_.log_lines import Report, lines_for
from localcloud.services.lambda_.output import Output
from localcloud.services.lambda_.process_environment import Folders, variables
from localcloud.services.lambda_.runtime_api import Event, Outcome, RuntimeApi

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

log = logging.getLogger(__name__)

_INIT_SECONDS = 10.0  # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
_TAIL_BYTES = 4096
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Result:
    """How an invocation ended; `error` is `Unhandled` when the function failed."""

    payload: bytes = field(repr=False)
    version: str
    error: str | None = None
    log_tail: bytes = field(default=b"", repr=False)


class Environment:
    """One process that runs a function."""

    def __init__(self, cloud: "Cloud", function: Function, folders: Folders, xray_address: str) -> None:
        """Start the process; raises AccessDeniedError when Lambda may not assume the function's role."""
        self.function = function
        self.last_used = time.monotonic()
        self._cloud = cloud
        self._home = folders.home
        self._lines = lines_for(function.logging["LogFormat"])
        self._captured: list[tuple[int, str]] = []
        role = ServiceRole(
            cloud,
            function.role,
            service="lambda.amazonaws.com",
            session_name=function.name,
            region=function.region,
        )
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{secrets.token_hex(16)}"
        self._log = role.log(function.logging["LogGroup"], stream)
        self._api = RuntimeApi()
        self._started = time.monotonic()
        self._init_duration: float | None = None
        self._init_failure: bytes | None = None
        self._ready = False
        defined = variables(function, folders, self._api.port, stream, xray_address)
        self._child = cloud.processes.start(
            [sys.executable, "-S", "-P", "-m", "awslambdaric", function.handler],
            env=cloud.child_environment(role.credentials, folders.home, function.region, **defined),
            cwd=folders.task,
            stdout=subprocess.PIPE,
        )
        if self._child.popen.stdout is None:
            raise RuntimeError("the runtime was started without a pipe")
        self._faults = faults.of(cloud)
        self._target = targets.Target("function", function.name, function.name, self._crash, self._crash)
        self._output = Output(self._child.popen.stdout, self._capture)
        arn = runtime_arn(function.region, function.runtime)
        self._say(self._lines.init_start(function.runtime, arn))

    @property
    def usable(self) -> bool:
        """Whether another event may be given to it."""
        return self._child.poll() is None and self._init_failure is None

    def invoke(self, event: Event, fault: InvocationFault | None = None) -> Result:
        """Give one event to the function and wait for what becomes of it, `timeout` seconds at most."""
        running = targets.of(self._cloud)
        running.add(self._target)
        try:
            return self._invoke(event, fault)
        finally:
            running.remove(self._target)

    def _invoke(self, event: Event, fault: InvocationFault | None) -> Result:
        function = self.function
        cold = self._init_duration is None
        self._await_ready(_INIT_SECONDS + function.timeout if cold else function.timeout)
        self._say(self._lines.start(event.request_id, function.version))
        begun = time.monotonic()
        status = error_type = None
        outcome = self._run(replace(event, deadline=time.time() + function.timeout), fault)
        duration = (time.monotonic() - begun) * 1000
        self._output.drain()
        if outcome is None and self._child.poll() is None:
            status, duration = "timeout", function.timeout * 1000.0
            payload = self._timed_out(event.request_id)
        elif outcome is None:
            status, error_type = "error", "Runtime.ExitError"
            payload = self._exited(event.request_id)
        else:
            payload, status, error_type = _judge(outcome)
        report = Report(
            request_id=event.request_id,
            duration=duration,
            memory=function.memory,
            maximum_memory=self._maximum_memory(),
            init_duration=self._init_duration if cold else None,
            status=status,
            error_type=error_type,
        )
        if end := self._lines.end(event.request_id):
            self._say(end)
        self._say(self._lines.report(report))
        self.last_used = time.monotonic()
        return Result(payload, function.version, None if status is None else "Unhandled", self._flush())

    def close(self) -> None:
        """End the process and its server."""
        self._child.kill()
        self._cloud.processes.forget(self._child)
        self._output.close()
        self._flush()
        self._api.close()
        try:
            shutil.rmtree(self._home)
        except OSError as error:
            log.warning("the files of an environment could not be removed: %s", error)

    def _run(self, event: Event, fault: InvocationFault | None) -> Outcome | None:
        if self._init_failure is not None:
            return Outcome("init_error", payload=self._init_failure)
        if not self._ready:
            return None
        self._ready = False
        seconds = float(self.function.timeout)
        if fault is not None and fault.when == "before":
            seconds = min(fault.seconds, seconds)
        if seconds > 0:  # without any time it does not hear of the event, however slow the machine
            self._api.events.put(event)
        deadline = time.monotonic() + seconds
        while (outcome := self._next_outcome(deadline)) is not None:
            if outcome.request_id == event.request_id:
                break
        if fault is None or (outcome is not None and fault.when == "before"):
            return outcome
        if fault.kind == "kill":
            self._crash()
        return None  # its time is over, whatever it has answered

    def _await_ready(self, seconds: float) -> None:
        """Wait until the runtime asks for an event, or has failed to get that far."""
        deadline = time.monotonic() + seconds
        while not self._ready and self._init_failure is None:
            outcome = self._next_outcome(deadline)
            if outcome is None:
                break
            self._ready = outcome.kind == "ready"
            if outcome.kind == "init_error":
                self._init_failure = outcome.payload
                self._child.wait(5.0)
        if self._init_duration is None:
            self._init_duration = (time.monotonic() - self._started) * 1000
            self._output.drain()

    def _next_outcome(self, deadline: float) -> Outcome | None:
        """The next report of the runtime; None when the time is over or the process gone."""
        while True:
            # Asked before the queue: what the process reported before its end is still in there.
            gone = self._child.poll() is not None
            remaining = deadline - time.monotonic()
            try:
                return self._api.outcomes.get(timeout=0.0 if gone else min(max(remaining, 0.001), _POLL_SECONDS))
            except queue.Empty:
                if gone or remaining <= 0:
                    return None

    def _timed_out(self, request_id: str) -> bytes:
        self._child.kill()
        self._output.drain()
        self._say(self._lines.timeout(request_id, self.function.timeout))
        message = f"RequestId: {request_id} Error: Task timed out after {self.function.timeout:.2f} seconds"
        return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}).encode()

    def _exited(self, request_id: str) -> bytes:
        status = self._child.wait()
        reason = f"exit status {status}" if status >= 0 else f"signal: {-status}"
        message = f"Runtime exited with error: {reason}"
        if status == 0:
            message = "Runtime exited without providing a reason"
        self._say(self._lines.exited(request_id, message))
        payload = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {message}"}
        return json.dumps(payload).encode()

    def _maximum_memory(self) -> int:
        try:
            status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="ascii")
        except OSError:
            return self.function.memory  # the process is gone: nothing better is known
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(match[1]) // 1024 if match else 0

    def _crash(self, *, at_once: bool = True) -> None:  # noqa: ARG002 - there is no other way
        self._child.kill()

    def _say(self, line: str) -> None:
        """Keep a line for the log, with the time of now in milliseconds."""
        self._captured.append((int(time.time() * 1000), line))

    def _capture(self, line: str) -> None:
        self._say(line)
        self._faults.heard("function", self.function.name, line)

    def _flush(self) -> bytes:
        """Write what was captured to the log; its last 4 KB are the answer's log tail."""
        captured, self._captured = self._captured, []
        lines = [line for _, line in captured]
        if lines:
            self._log.write(lines, at=[milliseconds for milliseconds, _ in captured])
        return "\n".join([*lines, ""]).encode()[-_TAIL_BYTES:]


def _judge(outcome: Outcome) -> tuple[bytes, str | None, str | None]:
    """Payload, status and error type of what the runtime reported."""
    if outcome.kind == "response":
        if len(outcome.payload) <= MAXIMUM_RESPONSE:
            return outcome.payload, None, None
        message = f"Response payload size exceeded maximum allowed payload size ({MAXIMUM_RESPONSE} bytes)."
        error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
        return json.dumps(error).encode(), "error", "Function.ResponseSizeTooLarge"
    try:
        parsed: Any = json.loads(outcome.payload)
    except ValueError:
        parsed = {}
    return outcome.payload, "error", str(parsed.get("errorType", "Runtime.Unknown"))
