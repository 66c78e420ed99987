"""Objects that are overwritten and deleted while somebody else's request for them is still being answered."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


@pytest.fixture
def bucket(cloud: Any) -> Iterator[str]:
    name, client = f"at-once-{uuid.uuid4().hex[:8]}", cloud.client("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": client.meta.region_name})
    yield name
    client.delete_object(Bucket=name, Key="one")
    client.delete_bucket(Bucket=name)


def test_every_write_is_answered(cloud: Any, bucket: str) -> None:
    client = cloud.client("s3")

    def change(number: int) -> int:
        if number % 2:
            return int(client.delete_object(Bucket=bucket, Key="one")["ResponseMetadata"]["RetryAttempts"])
        answer = client.put_object(Bucket=bucket, Key="one", Body=b"x" * 200_000)
        assert answer["ETag"] == '"4b98146705d4b0b98b758a78ff6fb73f"'
        return int(answer["ResponseMetadata"]["RetryAttempts"])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(change, range(160))) == 0, "no request had to be made twice"
