"""The control endpoints, and clients that do not try again."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localcloud.faults.client import FaultClient
from localcloud.principals import Credentials


@pytest.fixture
def control(cloud: Any) -> Iterator[FaultClient]:
    client = FaultClient(cloud.endpoint)
    client.clear()
    yield client
    client.clear()


@pytest.fixture
def once(cloud: Any) -> Callable[..., Any]:
    """Makes boto3 clients that try everything once."""

    def make(service: str, credentials: Credentials | None = None) -> Any:
        chosen = credentials or cloud.administrator
        return boto3.client(
            service,
            endpoint_url=cloud.endpoint,
            region_name="eu-central-1",
            aws_access_key_id=chosen.access_key_id,
            aws_secret_access_key=chosen.secret_access_key,
            aws_session_token=chosen.session_token,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    return make
