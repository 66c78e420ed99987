"""What a fault makes of an API call."""

import socket
import time
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from localcloud.faults.api import CallFault
from localcloud.faults.registry import Faults
from localcloud.principals import Principal

DROPPED = "ConnectionDropped"
"""The error of a call in the call log whose answer nobody got."""


def names(caller: Principal) -> list[str]:
    """By what a fault's ``principal`` may mean a caller: role name, session name, ARN."""
    role = caller.role_arn.rsplit("/", 1)[-1] if caller.role_arn else None
    return [name for name in (role, caller.session_name, caller.arn) if name]


def apply(
    fault: CallFault,
    faults: Faults,
    caller: Principal,
    work: Callable[[], Response],
    *,
    error: Callable[[str, str, int], Response],
    dead: Callable[[], bool],
) -> Response | None:
    """The answer to a call, or None when the connection is to be closed without one.

    Args:
        fault: what happens.
        faults: the list, which can kill.
        caller: who calls.
        work: executes the call.
        error: an error as the service writes it, of code, message and HTTP status.
        dead: whether the caller is no more.

    """
    if fault.kind == "error":
        text = fault.message or f"Injected by the local cloud ({fault.name or fault.id})"
        return error(fault.code, text, fault.answer_status)
    if fault.kind == "delay":
        time.sleep(fault.seconds)
        return None if dead() else work()
    if fault.kind == "lose_answer":
        work().close()
        return None
    if fault.kind == "drop":
        return None
    answer = work() if fault.when == "after" else None
    killed = faults.kill(fault, session=caller.session_name)
    if fault.how == "kill" and any(target.session == caller.session_name for target in killed):
        return None  # the caller is no more: nothing of its request went out, or nobody hears the answer
    return answer or work()


def close(connection: Any) -> None:
    """Close a connection without an answer."""
    if not isinstance(connection, socket.socket):
        return
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
