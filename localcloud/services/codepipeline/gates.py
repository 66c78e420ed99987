"""Who may enter a stage: one execution at a time, and what becomes of those that wait.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html: in mode SUPERSEDED a newer
execution takes the place of one that waits, in mode QUEUED they go in turn, in mode PARALLEL nobody waits.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from localcloud.services.codepipeline.records import Execution


class SupersededError(Exception):
    """A newer execution took this one's place."""


class StoppedError(Exception):
    """The execution was stopped while it waited."""


@dataclass
class Transition:
    """Whether executions may come in."""

    enabled: bool = True
    changed_by: str | None = None
    changed_at: datetime | None = None
    reason: str | None = None


@dataclass
class Gate:
    """The entrance of one stage."""

    transition: Transition = field(default_factory=Transition)
    occupant: str | None = None
    waiting: list[Execution] = field(default_factory=list)
    condition: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def enter(self, execution: Execution, ending: Callable[[], bool]) -> None:
        """Wait until the execution may enter; raises SupersededError or StoppedError.

        `ending` tells that the local cloud stops, and with it all waiting.
        """
        if execution.mode == "PARALLEL" and self.transition.enabled:
            return
        with self.condition:
            if execution.mode == "SUPERSEDED":
                # Those that wait are older: this one is what they would have become.
                for older in self.waiting:
                    older.change("Superseded")
            self.waiting.append(execution)
            self.condition.notify_all()
            try:
                while not self._open_for(execution):
                    self.condition.wait(0.5)
                    if execution.status == "Superseded":
                        raise SupersededError
                    if execution.stopping.is_set() or ending():
                        raise StoppedError
                self.occupant = execution.id
            finally:
                self.waiting.remove(execution)
                self.condition.notify_all()

    def leave(self, execution: Execution) -> None:
        """Let the next one in."""
        with self.condition:
            if self.occupant == execution.id:
                self.occupant = None
            self.condition.notify_all()

    def set_transition(self, transition: Transition) -> None:
        """Open or close the stage."""
        with self.condition:
            self.transition = transition
            self.condition.notify_all()

    def _open_for(self, execution: Execution) -> bool:
        if not self.transition.enabled:
            return False
        if execution.mode == "PARALLEL":
            return True
        return self.occupant is None and self.waiting[0] is execution


def changed(enabled: bool, by: str, reason: str | None = None) -> Transition:
    """A transition as somebody set it just now."""
    return Transition(enabled, by, datetime.now(UTC), reason)
