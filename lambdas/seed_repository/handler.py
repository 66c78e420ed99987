"""The Lambda function's entry: event in, result out. The only module that reads the environment."""

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache, wraps
from time import monotonic
from typing import TYPE_CHECKING, Any

import urllib3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from seed_repository.errors import SeedRepositoryError
from seed_repository.events import SeedRequest, SeedResult, parse_request
from seed_repository.figures import Figures
from seed_repository.retry import Patience
from seed_repository.service import SeedService
from seed_repository.settings import Settings
from seed_repository.transport import Deadline

if TYPE_CHECKING:
    from aws_lambda_powertools import Tracer
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from seed_repository.archive import ArchiveResult

    LambdaHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

SERVICE = "seed-repository"

_SEEDING = {
    "done": "The repository is seeded.",
    "skipped": "Nothing was seeded.",
    "failed": "The repository was not seeded.",
}
_ARCHIVING = {
    "done": "The repository is archived.",
    "missing": "There is no repository to archive.",
    "failed": "The repository was not archived.",
}

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="SageMakerProjects", service=SERVICE)

# At level DEBUG these write what they receive, and Secrets Manager's answer is among it.
for _library in ("boto3", "botocore", "urllib3", "dulwich"):
    logging.getLogger(_library).setLevel(logging.INFO)


@cache
def _clients() -> tuple[Any, Any]:
    import boto3  # noqa: PLC0415 - a fifth of the cold start, and not needed to refuse an invalid event
    from botocore.config import Config  # noqa: PLC0415

    config = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 4})
    return boto3.client("s3", config=config), boto3.client("secretsmanager", config=config)


@cache
def _records() -> Any:
    import boto3  # noqa: PLC0415 - see _clients
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "dynamodb", config=Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard"})
    )


@cache
def _tracer() -> "Tracer":
    # X-Ray's library makes two botocore clients when it is imported, which doubles the cold start: only an
    # invocation that is sampled pays for it. Nor are libraries patched, which would import all that X-Ray knows.
    from aws_lambda_powertools import Tracer  # noqa: PLC0415

    return Tracer(service=SERVICE, auto_patch=False)


def _is_sampled() -> bool:
    return "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")


def _traced(function: "LambdaHandler") -> "LambdaHandler":
    """Record an invocation with X-Ray if X-Ray has chosen it."""

    @wraps(function)
    def invoke(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
        if not _is_sampled():
            return function(event, context)
        captured: LambdaHandler = _tracer().capture_lambda_handler(function, capture_response=False)
        return captured(event, context)

    return invoke


def _span(name: str) -> AbstractContextManager[object]:
    if not _is_sampled():
        return nullcontext()
    span: AbstractContextManager[object] = _tracer().provider.in_subsegment(f"## {name}")
    return span


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context(correlation_id_path="project.id", clear_state=True)
@_traced
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Seed one repository, or archive it.

    Args:
        event: a :class:`~seed_repository.events.SeedRequest` as JSON, or, with ``"action": "archive"``, an
            :class:`~seed_repository.archive.ArchiveRequest`.
        context: Lambda's own; tells how much time is left.

    Returns:
        A :class:`~seed_repository.events.SeedResult` or an :class:`~seed_repository.archive.ArchiveResult` as
        JSON.

    Raises:
        SeedRepositoryError: so that Terraform, the stack and the person see the reason.

    """
    started = monotonic()
    figures = Figures()
    outcome = "failed"
    asked = _ARCHIVING if event.get("action") == "archive" else _SEEDING
    result: SeedResult | ArchiveResult
    try:
        if asked is _ARCHIVING:
            result = _archive(event, context, figures)
        else:
            result = _seed(parse_request(event), event, context, figures)
        outcome = result.status
    except SeedRepositoryError as error:
        logger.exception(asked["failed"], extra={"error": type(error).__name__, "reason": str(error)})
        raise
    finally:
        _measure(outcome, figures, monotonic() - started)
    logger.info(asked.get(outcome, asked["done"]), extra=result.model_dump())
    return result.model_dump(mode="json")


def _patience(context: "LambdaContext", settings: Settings) -> Patience:
    seconds = context.get_remaining_time_in_millis() / 1000 - settings.reserve_seconds
    return Patience(settings.attempts, Deadline(seconds))


def _archive(event: dict[str, Any], context: "LambdaContext", figures: Figures) -> "ArchiveResult":
    from seed_repository.archive import ArchiveService, parse_archive_request  # noqa: PLC0415 - once in a life

    request = parse_archive_request(event)
    settings = Settings.from_environment(os.environ)
    service = ArchiveService(
        secrets=_clients()[1],
        pool=urllib3.PoolManager(),
        settings=settings,
        patience=_patience(context, settings),
        log=logger,
        figures=figures,
    )
    return service.archive(request)


def _seed(request: SeedRequest, event: dict[str, Any], context: "LambdaContext", figures: Figures) -> SeedResult:
    settings = Settings.from_environment(os.environ)
    s3, secrets = _clients()
    patience = _patience(context, settings)
    service = SeedService(
        s3=s3,
        secrets=secrets,
        pool=urllib3.PoolManager(),
        settings=settings,
        patience=patience,
        log=logger,
        figures=figures,
        span=_span,
    )
    if settings.requests_table is None or request.is_deletion:
        return service.seed(request)
    from seed_repository.once import once  # noqa: PLC0415 - brings boto3 along

    return once(
        event,
        context,
        lambda: service.seed(request),
        client=_records(),
        table=settings.requests_table,
        remember_seconds=settings.remember_seconds,
        patience=patience,
    )


def _measure(outcome: str, figures: Figures, seconds: float) -> None:
    metrics.add_dimension(name="outcome", value=outcome)
    metrics.add_metric(name="Duration", unit=MetricUnit.Seconds, value=seconds)
    metrics.add_metric(name="Files", unit=MetricUnit.Count, value=figures.files)
    metrics.add_metric(name="Bytes", unit=MetricUnit.Bytes, value=figures.bytes)
    metrics.add_metric(name="HostRequests", unit=MetricUnit.Count, value=figures.requests)
    metrics.add_metric(name="Retries", unit=MetricUnit.Count, value=figures.retries)
