"""A call of AWS's API, and what has to be known of the account that it is made in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Context = dict[str, str | list[str]]


class Account(Protocol):
    """What has to be looked up in the account itself: what requests do not say."""

    def lookup(self, kind: str, value: str) -> str | None:
        """The ARN of a ``role``, ``profile``, ``key``, ``secret`` or ``stack`` that a request names, if any."""

    def context(self, service: str, operation: str, parameters: Mapping[str, Any], resource: str) -> Context:
        """Condition keys about a resource: tags, a role's boundary, an item's partition key."""

    def keys(self, service: str, operation: str, parameters: Mapping[str, Any]) -> list[tuple[str, Context]]:
        """Keys of AWS KMS that the called service uses for the caller, each with its encryption context."""


@dataclass(frozen=True)
class Request:
    """A call: botocore's names of service and operation, and the parameters."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account_id: str
    context: Context = field(default_factory=dict)
