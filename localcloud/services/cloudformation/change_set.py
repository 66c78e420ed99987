"""Change sets: an update or a creation that can be looked at before it is started."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud.services.cloudformation.errors import (
    AlreadyExistsError,
    ChangeSetNotFoundError,
    CloudFormationError,
)
from localcloud.services.cloudformation.requests import ChangedStack
from localcloud.services.cloudformation.stack import Stack, Values, now


@dataclass
class ChangeSet:
    """One change set of a stack.

    Attributes:
        wanted: the update that it stands for; None when it creates the stack.
        changes: what it would do, as DescribeChangeSet shows it.

    """

    id: str
    name: str
    stack: Stack
    wanted: ChangedStack | None
    values: Values
    description: str | None
    changes: list[dict[str, Any]]
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str | None = None
    created: datetime = field(default_factory=now)


class ChangeSetStateError(CloudFormationError):
    """A change set cannot be executed."""

    code = "InvalidChangeSetStatus"

    def __init__(self, chosen: ChangeSet) -> None:
        super().__init__(
            f"ChangeSet [{chosen.id}] cannot be executed in its current status of [{chosen.status}] "
            f"and execution status [{chosen.execution}]"
        )


class ChangeSets:
    """The change sets of an account and region."""

    def __init__(self) -> None:
        self._sets: dict[str, ChangeSet] = {}

    def add(self, made: ChangeSet) -> None:
        """Keep a new change set.

        Raises:
            AlreadyExistsError: the stack has one of that name.

        """
        if any(item.name == made.name for item in self.of_stack(made.stack)):
            raise AlreadyExistsError(f"ChangeSet {made.name} already exists")
        self._sets[made.id] = made

    def find(self, name_or_id: str, stack: Stack | None) -> ChangeSet:
        """A change set by id, or by name and stack.

        Raises:
            ChangeSetNotFoundError: no such change set.

        """
        if name_or_id in self._sets:
            return self._sets[name_or_id]
        for item in self.of_stack(stack) if stack else []:
            if item.name == name_or_id:
                return item
        raise ChangeSetNotFoundError(f"ChangeSet [{name_or_id}] does not exist")

    def of_stack(self, stack: Stack) -> list[ChangeSet]:
        """The change sets of a stack."""
        return [item for item in list(self._sets.values()) if item.stack is stack]

    def discard(self, chosen: ChangeSet) -> None:
        """Forget a change set."""
        self._sets.pop(chosen.id, None)
