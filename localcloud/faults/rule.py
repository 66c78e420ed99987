"""What all faults have in common."""

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar


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


def patterns_hold(patterns: dict[str, str], values: dict[str, Any]) -> bool:
    """Whether every named value matches its pattern."""
    return all(fnmatchcase(str(values.get(name, "")), pattern) for name, pattern in patterns.items())


def check_when(when: str) -> None:
    """Refuse another moment than before and after.

    Raises:
        BadRuleError: it is one.

    """
    if when not in ("before", "after"):
        raise BadRuleError("when: one of before, after")
