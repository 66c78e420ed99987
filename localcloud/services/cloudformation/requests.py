"""What CreateStack and UpdateStack are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class NewStack:
    """A stack to be created."""

    name: str
    body: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    capabilities: list[str] = field(default_factory=list)
    notification_arns: list[str] = field(default_factory=list)
    on_failure: str = "ROLLBACK"
    termination_protection: bool = False
    timeout_minutes: int | None = None
    token: str | None = None


@dataclass(frozen=True)
class ChangedStack:
    """A stack to be updated; None keeps what the stack has.

    Attributes:
        body: the new template.
        parameters: values by name; None stands for the value that the stack has.
        disable_rollback: leave the stack as it is when the update fails.

    """

    body: str | None
    parameters: Mapping[str, str | None]
    tags: Mapping[str, str] | None = None
    role_arn: str | None = None
    capabilities: list[str] | None = None
    notification_arns: list[str] | None = None
    disable_rollback: bool = False
    token: str | None = None
