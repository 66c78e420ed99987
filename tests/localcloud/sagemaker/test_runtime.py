"""Endpoints that are not there."""

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import Sample


def test_a_missing_endpoint_answers_as_on_aws(sample: Sample) -> None:
    runtime = sample.cloud.client("sagemaker-runtime")
    with pytest.raises(ClientError) as raised:
        runtime.invoke_endpoint(EndpointName="nowhere", Body=b"1,2", ContentType="text/csv")
    assert raised.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint nowhere of account 123456789012 not found.",
    }
    with pytest.raises(ClientError, match="not found"):
        runtime.invoke_endpoint_async(EndpointName="nowhere", InputLocation="s3://bucket/key")
