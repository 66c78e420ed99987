"""What a resource type's provider does, and what it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, Protocol
from uuid import uuid4

from localcloud.cloud import Cloud
from localcloud.principals import Credentials
from localcloud.services.cloudformation.errors import ResourceFailedError
from localcloud.services.cloudformation.stack import Physical


@dataclass(frozen=True)
class Request:
    """One request to a provider.

    Attributes:
        credentials: the identity of the stack's operation.
        properties: evaluated properties.
        tags: the stack's tags, CloudFormation's own included.
        cancelled: set when the stack gives up; a provider that waits looks at it.
        initiated: to be called with the physical id as soon as there is one.

    """

    cloud: Cloud
    account_id: str
    region: str
    credentials: Credentials
    stack_id: str
    stack_name: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    tags: Mapping[str, str]
    cancelled: Event
    initiated: Callable[[str], None]

    @property
    def given_up(self) -> bool:
        """Whether waiting has become pointless."""
        return self.cancelled.is_set() or self.cloud.stopping


class Provider(Protocol):
    """Creates, updates and deletes resources of one type.

    Every method raises ResourceFailedError with a reason for the stack's events.

    Attributes:
        leaves_replaced: whether ``update``, when it answers with another physical id, leaves the old resource for
            the stack's cleanup.

    """

    leaves_replaced: bool

    def create(self, request: Request) -> Physical:
        """Create the resource."""
        ...

    def updates_in_place(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether going from one set of properties to another needs no replacement."""
        ...

    def update(self, request: Request, current: Physical, old: Mapping[str, Any]) -> Physical:
        """Update in place; another physical id means that the current resource has been replaced."""
        ...

    def delete(self, request: Request, current: Physical) -> None:
        """Delete the resource; one that is gone already is no failure."""
        ...


def handler_failure(message: str, code: str) -> ResourceFailedError:
    """A failure as CloudFormation words it for types from its registry.

    Args:
        message: what the handler says.
        code: one of the handler error codes, such as ``InvalidRequest``.

    """
    return ResourceFailedError(
        f'Resource handler returned message: "{message}" (RequestToken: {uuid4()}, HandlerErrorCode: {code})'
    )
