"""Faults of what is delivered: invocations of functions, and EventBridge's events."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from localcloud.faults.rule import Rule, check_when, patterns_hold


@dataclass
class InvocationFault(Rule):
    """A fault of a function's invocation.

    Attributes:
        function: pattern of the function's name.
        payload: patterns of members of the event, by name (``{"RequestType": "Delete"}``).
        seconds: how long the function runs before its time is over, or it is killed (``when`` is ``before``);
            with 0 it never hears of the event. What it may have claimed by then is still claimed when it is asked
            again, because the pauses between attempts are seconds here, and AWS's are minutes.
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
        check_when(self.when)

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
