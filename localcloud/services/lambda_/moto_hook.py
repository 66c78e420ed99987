"""Lets moto's own callers of a function (SNS, SQS, S3, EventBridge, Logs, Secrets Manager) really run it."""

from typing import Any

from moto.awslambda.models import LambdaFunction

from localcloud.services.lambda_ import functions
from localcloud.services.lambda_.invocations import Invocations, Request

#: Replaced in moto: checked when the local cloud starts, since a new moto may have renamed it.
_PATCHED = "invoke"


def install(invocations: Invocations) -> None:
    """Make every function that moto invokes run through `invocations`; AttributeError for an unknown moto."""
    if not callable(getattr(LambdaFunction, _PATCHED, None)):
        raise AttributeError(  # noqa: TRY004 - it is the attribute that is missing
            f"moto's LambdaFunction has no {_PATCHED}(): this version of moto is not supported"
        )

    def invoke(self: Any, body: str, request_headers: Any, response_headers: Any) -> bytes:  # noqa: ARG001
        payload = body if isinstance(body, bytes) else (body or "{}").encode()
        result = invocations.wait(functions.read(self), Request(payload))
        if result.error is not None:
            response_headers["x-amz-function-error"] = result.error
        return result.payload

    setattr(LambdaFunction, _PATCHED, invoke)
