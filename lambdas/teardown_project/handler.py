"""The Lambda function's entry: event in, outcome out. The only module that reads the environment."""

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import urllib3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from teardown_project.addresses import Addresses
from teardown_project.answer import Sender
from teardown_project.builds import Builds
from teardown_project.events import Request, parse
from teardown_project.projects import Projects
from teardown_project.records import Records
from teardown_project.requests import Requests
from teardown_project.service import TeardownService
from teardown_project.settings import Settings
from teardown_project.stacks import Stacks

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SERVICE = "teardown-project"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="SageMakerProjects", service=SERVICE)
# Libraries are not patched: their traces would hold the address of the answer.
tracer = Tracer(service=SERVICE, auto_patch=False)

# At level DEBUG these write what they send, and the address of the answer is among it.
for _library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.INFO)


@cache
def _client(service: str) -> Any:
    config = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "max_attempts": 4})
    return boto3.client(service, config=config)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, str]:
    """Start the destruction or restoration of a project, or tell CloudFormation how one ended.

    Args:
        event: a request of CloudFormation for the custom resource, or EventBridge's event of a build.
        context: Lambda's own.

    Returns:
        ``{"outcome": ...}``: success, failed, started or ignored. Nobody reads it: CloudFormation's answer goes to
        the address in the request.

    Raises:
        TeardownError: nobody could be told; Lambda runs the function again.

    """
    outcome = "error"
    try:
        outcome = _work(event, context)
    finally:
        metrics.add_dimension(name="outcome", value=outcome)
        metrics.add_metric(name="Events", unit=MetricUnit.Count, value=1)
    return {"outcome": outcome}


def _work(event: dict[str, Any], context: "LambdaContext") -> str:
    settings = Settings.from_environment(os.environ)
    service = TeardownService(
        requests=Requests(_client("dynamodb"), settings.requests_table, settings.remember_seconds, context),
        builds=Builds(_client("codebuild"), settings.build_project),
        records=Records(_client("s3"), settings.state_bucket),
        projects=Projects(_client("s3"), _client("dynamodb"), settings.state_bucket, settings.lock_table),
        stacks=Stacks(_client("cloudformation")),
        addresses=Addresses(settings.answer_hosts.split(","), os.environ.get("AWS_ENDPOINT_URL")),
        sender=Sender(urllib3.PoolManager()),
        log=logger,
    )
    parsed = parse(event)
    return service.handle(parsed) if isinstance(parsed, Request) else service.finish(parsed)
