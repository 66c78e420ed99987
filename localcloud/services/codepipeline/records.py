"""Executions: of pipelines, of their stages and of their actions."""

import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.services.codebuild.build import Location


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Trigger:
    """Why an execution started."""

    type: str
    detail: str

    def shape(self) -> dict[str, str]:
        """As the API has it."""
        return {"triggerType": self.type, "triggerDetail": self.detail}


@dataclass(frozen=True)
class Revision:
    """What a source action brought."""

    action: str
    artifact: str
    commit: str
    summary: str
    url: str
    created: datetime


class Decision:
    """What a person decides about an approval."""

    def __init__(self) -> None:
        self.made = threading.Event()
        self.status = ""
        self.summary = ""
        self.by = ""

    def make(self, status: str, summary: str, by: str) -> None:
        """Approved or Rejected."""
        self.status, self.summary, self.by = status, summary, by
        self.made.set()


@dataclass
class ActionExecution:
    """One run of one action."""

    pipeline_execution_id: str
    pipeline_version: int
    stage: str
    action: dict[str, Any]
    status: str = "InProgress"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    start: datetime = field(default_factory=_now)
    updated: datetime = field(default_factory=_now)
    updated_by: str | None = None
    summary: str | None = None
    token: str | None = None
    external_id: str | None = None
    external_url: str | None = None
    external_summary: str | None = None
    error: dict[str, str] | None = None
    log_stream_arn: str | None = None
    configuration: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, Location] = field(default_factory=dict)
    outputs: dict[str, Location] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    decision: Decision | None = None

    @property
    def name(self) -> str:
        """The action's name."""
        return str(self.action["name"])

    def change(self, status: str, summary: str | None = None) -> None:
        """Go to another status."""
        self.status = status
        self.summary = summary if summary is not None else self.summary
        self.updated = _now()


@dataclass
class StageExecution:
    """One run of one stage."""

    name: str
    pipeline_execution_id: str
    status: str = "InProgress"
    actions: dict[str, ActionExecution] = field(default_factory=dict)


@dataclass
class Execution:
    """One run of a pipeline, with the definition as it was at its start."""

    pipeline: dict[str, Any]
    trigger: Trigger
    variables: dict[str, str]
    overrides: dict[str, str] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    status_summary: str | None = None
    start: datetime = field(default_factory=_now)
    updated: datetime = field(default_factory=_now)
    stop_reason: str | None = None
    stopping: threading.Event = field(default_factory=threading.Event, repr=False)
    abandoned: threading.Event = field(default_factory=threading.Event, repr=False)
    artifacts: dict[str, Location] = field(default_factory=dict)
    revisions: dict[str, Revision] = field(default_factory=dict)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    stages: dict[str, StageExecution] = field(default_factory=dict)
    actions: list[ActionExecution] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.pipeline["name"])

    @property
    def mode(self) -> str:
        """SUPERSEDED, QUEUED or PARALLEL."""
        return str(self.pipeline["executionMode"])

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen, unless a stage is retried."""
        return self.status not in ("InProgress", "Stopping")

    def change(self, status: str, summary: str | None = None) -> None:
        """Go to another status."""
        self.status = status
        self.status_summary = summary
        self.updated = _now()
