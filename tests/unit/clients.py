"""Clients for AWS in memory, made once: to make one takes longer than most tests."""

import functools
from typing import Any

import boto3
import moto  # noqa: F401 - only clients that are made after its import can be answered from memory

REGION = "eu-west-1"


@functools.cache
def client(service: str) -> Any:
    """A client with credentials that nothing outside would take, for use within ``mock_aws``."""
    return boto3.client(service, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")
