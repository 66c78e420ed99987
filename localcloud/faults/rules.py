"""The kinds of fault: what each is about, and what it may do."""

import re
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, ClassVar

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


class BadRuleError(Exception):
    """What was asked for is not a fault; the message says why."""


@dataclass
class Rule:
    """What all faults have.

    Attributes:
        kind: what happens.
        skip: matches to let pass first: ``skip=2`` begins with the third.
        times: how often it happens; None for ever.
        name: a label of the caller's own.
        id: given by the list.
        seen: how many matches there were.
        hits: how often it has happened.

    """

    ON: ClassVar[str] = ""
    KINDS: ClassVar[tuple[str, ...]] = ()

    kind: str = ""
    skip: int = 0
    times: int | None = 1
    name: str = ""
    id: str = ""
    seen: int = 0
    hits: int = 0

    def check(self) -> None:
        """Refuse what makes no sense.

        Raises:
            BadRuleError: it does not.

        """
        if self.kind not in self.KINDS:
            raise BadRuleError(f"kind: a fault on {self.ON} is one of {', '.join(self.KINDS)}")
        if not isinstance(self.skip, int) or self.skip < 0:
            raise BadRuleError("skip: a number of matches, 0 or more")
        if self.times is not None and (not isinstance(self.times, int) or self.times < 1):
            raise BadRuleError("times: a number, 1 or more, or null for ever")

    def strikes(self) -> bool:
        """Count a match; whether the fault happens this time."""
        self.seen += 1
        if self.seen <= self.skip or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    def shape(self) -> dict[str, Any]:
        """As the list shows it."""
        return {"on": self.ON, **asdict(self)}


@dataclass
class Kill:
    """Who is killed, and how.

    Attributes:
        child: ``instance``, ``build`` or ``function``.
        target: pattern of the instance's id, the build's id or the function's name; empty for the one that made
            the call or wrote the line, or else all of that sort.
        how: ``kill`` (SIGKILL to all its processes), ``terminate`` (as EC2 ends an instance: SIGTERM first; a
            build loses its machine) or ``power-off`` (an instance ends without shutting down).
        expire: let the time pass in which a stack would wait for the killed instance's signal.
        about: a text in what the caller or writer works on: an instance's command, or a build's variables.

    """

    child: str = "instance"
    target: str = ""
    how: str = "kill"
    expire: bool = True
    about: str = ""

    def check_kill(self) -> None:
        """Refuse unknown words.

        Raises:
            BadRuleError: there is one.

        """
        if self.child not in ("instance", "build", "function"):
            raise BadRuleError("child: one of instance, build, function")
        if self.how not in ("kill", "terminate", "power-off"):
            raise BadRuleError("how: one of kill, terminate, power-off")


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
        _check_when(self.when)

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


@dataclass
class OutputFault(Kill, Rule):
    """A kill at a line of a child's output; ``matches`` is a regular expression that is searched in the line."""

    ON = "output"
    KINDS = ("kill",)

    kind: str = "kill"
    matches: str = ""

    def check(self) -> None:
        """See Rule."""
        super().check()
        self.check_kill()
        try:
            re.compile(self.matches)
        except re.error as error:
            raise BadRuleError(f"matches: {error}") from error

    def hears(self, child: str, name: str, line: str) -> bool:
        """Whether the fault is about this line."""
        return (
            child == self.child
            and fnmatchcase(name, self.target or "*")
            and re.search(self.matches, line) is not None
        )


@dataclass
class InvocationFault(Rule):
    """A fault of a function's invocation.

    Attributes:
        function: pattern of the function's name.
        payload: patterns of members of the event, by name (``{"RequestType": "Delete"}``).
        seconds: how long the function runs before its time is over, or it is killed (``when`` is ``before``).
        when: ``before`` the function has answered, or ``after``: its work is done then, its answer lost.

    """

    ON = "invocation"
    KINDS = ("duplicate", "timeout", "kill", "delay")

    kind: str = "timeout"
    function: str = "*"
    payload: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    when: str = "before"

    def check(self) -> None:
        """See Rule."""
        super().check()
        _check_when(self.when)

    def matches(self, function: str, payload: Any) -> bool:
        """Whether the fault is about this invocation."""
        return fnmatchcase(function, self.function) and (
            not self.payload or (isinstance(payload, dict) and patterns_hold(self.payload, payload))
        )


@dataclass
class EventFault(Rule):
    """A fault of EventBridge's delivery: patterns of ``source``, ``detail_type``, ``rule`` and ``target``."""

    ON = "event"
    KINDS = ("duplicate", "lose", "delay")

    kind: str = "duplicate"
    source: str = "*"
    detail_type: str = "*"
    rule: str = "*"
    target: str = "*"
    seconds: float = 1.0

    def matches(self, event: dict[str, Any], rule_arn: str, target_arn: str) -> bool:
        """Whether the fault is about this delivery."""
        return (
            fnmatchcase(str(event["source"]), self.source)
            and fnmatchcase(str(event["detail-type"]), self.detail_type)
            and fnmatchcase(rule_arn.rsplit("/", 1)[-1], self.rule)
            and fnmatchcase(target_arn, self.target)
        )


@dataclass
class GitFault(Rule):
    """A fault of the git host.

    Attributes:
        path: regular expression that the whole path must match.
        method: HTTP method, None for any.
        kind: ``answer`` (with ``status``, ``headers``, ``body``, instead of the work), ``delay`` (``delay``
            seconds, then the work), ``drop`` (close the connection unanswered), ``cut`` (close it after
            ``after_bytes`` of the request's body), ``lose_answer`` (do the work, then close the connection).

    """

    ON = "git"
    KINDS = ("answer", "delay", "drop", "cut", "lose_answer")

    kind: str = "answer"
    path: str = ".*"
    method: str | None = None
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    delay: float = 0.0
    after_bytes: int = 0

    def check(self) -> None:
        """See Rule."""
        super().check()
        try:
            re.compile(self.path)
        except re.error as error:
            raise BadRuleError(f"path: {error}") from error

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is about this request."""
        return self.method in (None, method) and re.fullmatch(self.path, path) is not None


_RULES: dict[str, type[Rule]] = {
    rule.ON: rule for rule in (CallFault, OutputFault, InvocationFault, EventFault, GitFault)
}
_COUNTED = ("id", "seen", "hits")


def parse(wanted: Any, default_on: str | None = None) -> Rule:
    """A fault out of JSON.

    Args:
        wanted: an object with ``on`` and the fields of that sort of fault.
        default_on: what ``on`` is when it is left out.

    Raises:
        BadRuleError: it is none.

    """
    if not isinstance(wanted, dict):
        raise BadRuleError("a fault is an object")
    given = dict(wanted)
    rule = _RULES.get(str(given.pop("on", default_on)))
    if rule is None:
        raise BadRuleError(f"on: one of {', '.join(_RULES)}")
    known = {item.name for item in fields(rule)} - set(_COUNTED)
    if unknown := sorted(set(given) - known):
        raise BadRuleError(f"unknown fields: {', '.join(unknown)}")
    for name, value in given.items():
        _check_type(rule, name, value)
    made = rule(**given)
    made.check()
    return made


def patterns_hold(patterns: dict[str, str], values: dict[str, Any]) -> bool:
    """Whether every named value matches its pattern."""
    return all(fnmatchcase(str(values.get(name, "")), pattern) for name, pattern in patterns.items())


def _check_type(rule: type[Rule], name: str, value: Any) -> None:
    default = next(
        item.default_factory() if callable(item.default_factory) else item.default
        for item in fields(rule)
        if item.name == name
    )
    if name == "times" or (name == "method" and (value is None or isinstance(value, str))):
        return
    wanted: Any = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
        raise BadRuleError(f"{name}: not {value!r}")


def _check_when(when: str) -> None:
    if when not in ("before", "after"):
        raise BadRuleError("when: one of before, after")
