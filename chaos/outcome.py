"""One line of the campaign's table."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Outcome:
    """One line of the table.

    Attributes:
        project: its id when the fault happened.
        ended: how the operation ended that the fault was about.
        reason: what the person read, if it failed.
        hits: how often the fault has happened.
        problems: what should not be; none when the row is good.

    """

    row: str
    what: str
    project: str = ""
    ended: str = ""
    reason: str = ""
    hits: int = 0
    told: bool = True
    readable: bool = True
    left: list[str] = field(default_factory=list)
    commits: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all is as it should be."""
        return not self.problems

    def shape(self) -> dict[str, Any]:
        """For the report."""
        return {**asdict(self), "good": self.good}
