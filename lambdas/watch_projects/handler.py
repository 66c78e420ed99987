"""The Lambda function's entry: event in, outcome out. The only module that reads the environment."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from watch_projects.bucket import StateBucket
from watch_projects.catalog import Catalog
from watch_projects.drift import Sweeps
from watch_projects.errors import DestroyRefused, WatchError
from watch_projects.events import parse
from watch_projects.plans import Plans
from watch_projects.service import WatchService
from watch_projects.settings import Settings
from watch_projects.usage import AT_ONCE

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SERVICE = "watch-projects"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="SageMakerProjects", service=SERVICE)
tracer = Tracer(service=SERVICE, auto_patch=False)


@cache
def _client(service: str) -> Any:
    config = Config(
        connect_timeout=5,
        read_timeout=15,
        retries={"mode": "standard", "max_attempts": 5},
        max_pool_connections=AT_ONCE,
    )
    return boto3.client(service, config=config)


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Guard package 1, say what is in use, or look for drift.

    Args:
        event: Terraform's (``{"tf": …}`` or ``{"query": "usage"}``), or EventBridge's of a schedule or a build.
        context: Lambda's own.

    Returns:
        ``{"outcome": ...}``, and for a query the projects and what is installed (``usage.Usage``).

    Raises:
        WatchError: refused, or it cannot be known. Terraform shows why; events of EventBridge are tried again.

    """
    try:
        return _handle(event, context)
    except WatchError as error:
        # Terraform shows all that Lambda answers. Without the trace, which is in the log, the message can be read.
        raise error.with_traceback(None) from None


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def _handle(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    del context
    outcome = "error"
    try:
        answer = _service().handle(parse(event))
        outcome = answer["outcome"]
    except DestroyRefused as refusal:
        outcome = "refused"
        logger.warning(str(refusal))
        raise
    except WatchError:
        logger.exception("The event could not be worked on.")
        raise
    finally:
        metrics.add_dimension(name="outcome", value=outcome)
        metrics.add_metric(name="Events", unit=MetricUnit.Count, value=1)
    for name in ("started", "unreadable"):
        metrics.add_metric(name=f"Plans{name.title()}", unit=MetricUnit.Count, value=len(answer.get(name, [])))
    return answer


def _service() -> WatchService:
    settings = Settings.from_environment(os.environ)
    bucket = StateBucket(_client("s3"), settings.state_bucket)
    return WatchService(
        bucket=bucket,
        catalog=Catalog(_client("servicecatalog")),
        sweeps=Sweeps(bucket, Plans(_client("codebuild"), settings.build_project), settings.plans_at_once, logger),
        installation_key=settings.installation_key,
    )
