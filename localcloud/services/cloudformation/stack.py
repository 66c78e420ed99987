"""A stack: its record, its resources and its events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, RLock
from typing import Any, Protocol
from uuid import uuid4

from localcloud.principals import Credentials
from localcloud.services.cloudformation.plan import Planned
from localcloud.services.cloudformation.template import Template

STACK_TYPE = "AWS::CloudFormation::Stack"


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass
class Physical:
    """What exists of a resource.

    Attributes:
        physical_id: its id, which is also what ``Ref`` gives unless ``ref`` says otherwise.
        attribute: answers ``Fn::GetAtt``; raises ValidationError for an attribute that it does not have.
        state: whatever the resource's provider wants to keep.

    """

    physical_id: str
    attribute: Callable[[str], Any]
    state: Any = None
    ref: str | None = None


@dataclass
class StackResource:
    """One resource of a stack as it is now.

    Attributes:
        properties: with all functions evaluated, as they were given to the provider.

    """

    planned: Planned
    properties: Mapping[str, Any] = field(default_factory=dict)
    physical: Physical | None = None
    status: str = ""
    reason: str | None = None
    updated: datetime = field(default_factory=now)

    @property
    def physical_id(self) -> str | None:
        """The physical id, when something exists."""
        return self.physical.physical_id if self.physical else None


@dataclass(frozen=True)
class StackEvent:
    """One line of a stack's history."""

    event_id: str
    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str | None
    resource_type: str
    status: str
    reason: str | None
    time: datetime
    token: str | None
    properties: str | None = None


@dataclass
class Values:
    """Everything that a creation or an update brings with it.

    Attributes:
        given: parameter values as text, defaults included.
        names: values of parameters and pseudo parameters for ``Ref``.
        resolved: values that were read from Systems Manager.

    """

    template: Template
    given: Mapping[str, str]
    names: Mapping[str, Any]
    resolved: Mapping[str, str]
    tags: Mapping[str, str]


class Rollback(Protocol):
    """A rollback of an update that failed."""

    def resume(self, skipped: frozenset[str]) -> None:
        """Go on with it, without the skipped resources."""
        ...


@dataclass
class Stack:
    """One stack.

    Attributes:
        credentials: the credentials with which the running operation acts: the service role's, or the caller's.
        deletion_requested: whether DeleteStack waits for the running operation to end.
        settled: set while no operation runs.
        cancelled: set when the running operation is to stop as soon as it can.
        listener: hears every event.
        rollback: a rollback that failed and can be gone on with.

    """

    stack_id: str
    name: str
    account_id: str
    region: str
    values: Values
    credentials: Credentials
    role_arn: str | None = None
    capabilities: list[str] = field(default_factory=list)
    notification_arns: list[str] = field(default_factory=list)
    on_failure: str = "ROLLBACK"
    termination_protection: bool = False
    timeout_minutes: int | None = None
    policy: str | None = None
    token: str | None = None
    status: str = ""
    reason: str | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    events: list[StackEvent] = field(default_factory=list)
    deletion_requested: bool = False
    settled: Event = field(default_factory=Event)
    cancelled: Event = field(default_factory=Event)
    lock: RLock = field(default_factory=RLock)
    listener: Callable[["Stack", StackEvent], None] | None = None
    rollback: "Rollback | None" = None

    @property
    def in_progress(self) -> bool:
        """Whether an operation runs."""
        return self.status.endswith("_IN_PROGRESS")

    def become(self, status: str, reason: str | None = None) -> None:
        """Change the stack's own status, and say so in an event."""
        self.status = status
        self.reason = reason
        self._append(self.name, self.stack_id, STACK_TYPE, status, reason)

    def report(
        self,
        resource: StackResource,
        status: str,
        reason: str | None = None,
        *,
        physical_id: str | None = None,
        properties: str | None = None,
    ) -> None:
        """Change a resource's status, and say so in an event."""
        resource.status = status
        resource.reason = reason
        resource.updated = now()
        planned = resource.planned
        self._append(
            planned.logical_id,
            physical_id or resource.physical_id or "",
            planned.type,
            status,
            reason,
            properties=properties,
        )

    def _append(
        self,
        logical_id: str,
        physical_id: str | None,
        kind: str,
        status: str,
        reason: str | None,
        *,
        properties: str | None = None,
    ) -> None:
        # Within the lock: the events' times have to rise in the order of the list.
        with self.lock:
            event = StackEvent(
                event_id=str(uuid4()) if kind == STACK_TYPE else f"{logical_id}-{uuid4()}",
                stack_id=self.stack_id,
                stack_name=self.name,
                logical_id=logical_id,
                physical_id=physical_id,
                resource_type=kind,
                status=status,
                reason=reason,
                time=now(),
                token=self.token,
                properties=properties,
            )
            self.events.append(event)
        if self.listener is not None:
            self.listener(self, event)
