"""What the report holds: ``report.json`` is exactly these classes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import sqrt
from pathlib import Path

from pydantic import TypeAdapter

SCHEMA = 1


class State(StrEnum):
    """How far something has come."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass
class Step:
    """One row of the journey table.

    Attributes:
        number: the row's number in README's table.
        title: the row's words.
        place: where it lives in the repository.
        again: True for the second time around, after the change.
        started: seconds since the demo began; None before the step began.
        ended: seconds since the demo began; None until it has ended.
        details: what a person may want to know, one sentence each.

    """

    number: int
    title: str
    place: str
    again: bool = False
    state: State = State.WAITING
    started: float | None = None
    ended: float | None = None
    details: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        """Duration, once the step has ended."""
        return None if self.started is None or self.ended is None else self.ended - self.started


@dataclass
class Span:
    """Something that took time: a resource, a stage, a build phase, a training step.

    Attributes:
        lane: heading it is drawn under, for example ``CodeBuild``.
        started: when (UTC).
        ended: when (UTC); equal to ``started`` for a moment.

    """

    lane: str
    name: str
    started: datetime
    ended: datetime
    state: State = State.SUCCEEDED
    detail: str = ""


@dataclass
class Metric:
    """One figure of the evaluation.

    Attributes:
        deviation: standard deviation over resamples of the test rows.
        baseline: the same figure for always answering the mean.

    """

    name: str
    value: float
    deviation: float | None = None
    baseline: float | None = None


@dataclass
class Model:
    """A version in the model registry; ``unit`` is that of the gate's figure, ``rows`` the number of test rows."""

    arn: str
    version: int
    approval: str
    estimator: str = ""
    gate_metric: str = "rmse"
    threshold: float | None = None
    rows: int | None = None
    unit: str = "g"
    metrics: list[Metric] = field(default_factory=list)
    predictions: list[tuple[float, float]] = field(default_factory=list)

    def metric(self, name: str) -> Metric | None:
        """The figure of that name, when it was measured."""
        return next((metric for metric in self.metrics if metric.name == name), None)


@dataclass
class PipelineStep:
    """A step of the SageMaker pipeline; ``after`` names the steps whose results it takes."""

    name: str
    kind: str
    state: State
    after: list[str] = field(default_factory=list)
    started: datetime | None = None
    ended: datetime | None = None
    detail: str = ""


@dataclass
class Delivery:
    """One way of a commit through CodePipeline, CodeBuild and the SageMaker pipeline."""

    commit: str
    message: str
    author: str = ""
    diff: str = ""
    pipeline: str = ""
    execution: str = ""
    trigger: str = ""
    state: State = State.WAITING
    build: str = ""
    training_execution: str = ""
    steps: list[PipelineStep] = field(default_factory=list)
    model: Model | None = None
    failure: str = ""


@dataclass
class Prediction:
    """What an endpoint answered to one row; ``evaluated`` is the trained model's answer in its evaluation."""

    features: dict[str, str]
    actual: float
    predicted: float
    evaluated: float | None = None


@dataclass
class Endpoint:
    """An endpoint and its answers; ``milliseconds`` is how long the one request with all rows took."""

    environment: str
    name: str
    configuration: str = ""
    status: str = ""
    instances: str = ""
    milliseconds: float = 0.0
    predictions: list[Prediction] = field(default_factory=list)

    @property
    def rmse(self) -> float:
        """Root mean square of the answers' errors; 0 while there are none."""
        errors = [one.predicted - one.actual for one in self.predictions]
        return sqrt(sum(error**2 for error in errors) / len(errors)) if errors else 0.0

    @property
    def difference(self) -> float | None:
        """How far an answer is from the evaluation's at most; None when there is nothing to compare with."""
        pairs = [(one.predicted, one.evaluated) for one in self.predictions if one.evaluated is not None]
        return max((abs(predicted - evaluated) for predicted, evaluated in pairs), default=None)


@dataclass
class Deployment:
    """The way of an approved model through the deploy pipeline.

    Attributes:
        pipeline: name of the pipeline.
        repository: URL of the repository whose code deploys.
        package: ARN of the model package.
        version: its version.
        approval: what was said when production was approved; empty before.
        stages: of the pipeline, in order.

    """

    pipeline: str
    package: str
    version: int
    repository: str = ""
    execution: str = ""
    trigger: str = ""
    approval: str = ""
    state: State = State.WAITING
    stages: list[PipelineStep] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)


@dataclass
class Project:
    """The SageMaker project and what stands behind it."""

    name: str
    identifier: str = ""
    arn: str = ""
    repository: str = ""
    branch: str = "main"
    stack: str = ""
    record: str = ""
    state: str = ""
    resources: int = 0


@dataclass
class Report:
    """The whole demo.

    Attributes:
        started: when the demo began (UTC).
        seconds: how long it took.
        failure: why it did not succeed, in words for a person.
        log: the end of the log that belongs to the failure.
        versions: of the tools and libraries that ran.

    """

    started: datetime
    schema: int = SCHEMA
    state: State = State.RUNNING
    seconds: float = 0.0
    failure: str = ""
    log: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    account: str = ""
    region: str = ""
    steps: list[Step] = field(default_factory=list)
    project: Project | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    deployment: Deployment | None = None
    spans: list[Span] = field(default_factory=list)

    def models(self) -> Iterator[Model]:
        """The registered models, oldest first."""
        yield from (delivery.model for delivery in self.deliveries if delivery.model is not None)


_ADAPTER = TypeAdapter(Report)


def write(report: Report, path: Path) -> None:
    """Write ``report.json``."""
    path.write_bytes(_ADAPTER.dump_json(report, indent=2) + b"\n")


def read(path: Path) -> Report:
    """Read ``report.json``.

    Raises:
        pydantic.ValidationError: it is not a report of this schema.

    """
    return _ADAPTER.validate_json(path.read_bytes())
