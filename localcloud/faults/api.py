"""Faults of API calls."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from localcloud.faults.children import Kill
from localcloud.faults.rule import Rule, check_when, patterns_hold

_STATUS = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InternalServerException": 500,
    "RequestLimitExceeded": 503,
    "ServiceException": 500,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "SlowDown": 503,
    "TooManyRequestsException": 429,
    "UnauthorizedOperation": 403,
}


"""HTTP status of common errors; all others are 400, unless the fault says otherwise."""


@dataclass
class CallFault(Kill, Rule):
    """A fault of an API call.

    Attributes:
        service: pattern of botocore's name of the service (``s3``, ``sagemaker``).
        operation: pattern of the operation (``PutObject``).
        principal: pattern of the caller's role name, session name or ARN.
        parameters: patterns of parameters of the operation, by name (``{"Key": "*/terraform.tfstate"}``).
        code: the error's code.
        message: the error's message.
        status: the error's HTTP status; 0 for the usual one of the code.
        seconds: how long to delay.
        when: ``before`` the call is executed, or ``after`` it, for ``kill``.

    """

    ON = "call"
    KINDS = ("error", "drop", "lose_answer", "delay", "kill")

    kind: str = "error"
    service: str = "*"
    operation: str = "*"
    principal: str = "*"
    parameters: dict[str, str] = field(default_factory=dict)
    code: str = "InternalFailure"
    message: str = ""
    status: int = 0
    seconds: float = 1.0
    when: str = "before"

    def check(self) -> None:
        """See Rule."""
        super().check()
        self.check_kill()
        check_when(self.when)

    @property
    def answer_status(self) -> int:
        """The HTTP status of the error."""
        return self.status or _STATUS.get(self.code, 400)

    def matches(self, service: str, operation: str, principals: list[str], parameters: dict[str, Any]) -> bool:
        """Whether the fault is about this call."""
        return (
            fnmatchcase(service, self.service)
            and fnmatchcase(operation, self.operation)
            and any(fnmatchcase(name, self.principal) for name in principals)
            and patterns_hold(self.parameters, parameters)
        )
