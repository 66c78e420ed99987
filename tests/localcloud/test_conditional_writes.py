"""A lease in DynamoDB: whoever writes first has it."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def table(cloud: Any) -> Iterator[str]:
    name, client = f"locks-{uuid.uuid4().hex[:8]}", cloud.client("dynamodb")
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    client.delete_table(TableName=name)


def item(holder: str) -> dict[str, Any]:
    return {"LockID": {"S": "bucket/projects/p-1/run"}, "Holder": {"S": holder}}


def test_the_cli_takes_and_takes_over_a_lease(cloud: Any, table: str) -> None:
    def put(holder: str, condition: str, *more: str) -> None:
        cloud.aws(
            "dynamodb", "put-item", "--table-name", table, "--item", json.dumps(item(holder)),
            "--condition-expression", condition, *more,
        )  # fmt: skip

    put("ec2/i-1", "attribute_not_exists(LockID)")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        put("ec2/i-2", "attribute_not_exists(LockID)")
    assert "ConditionalCheckFailedException" in refused.value.stderr
    assert refused.value.returncode in {254, 255}
    with pytest.raises(subprocess.CalledProcessError):
        put("ec2/i-2", "Holder = :h", "--expression-attribute-values", '{":h": {"S": "ec2/i-0"}}')
    put("ec2/i-2", "Holder = :h", "--expression-attribute-values", '{":h": {"S": "ec2/i-1"}}')
    found = cloud.aws(
        "dynamodb", "get-item", "--table-name", table, "--consistent-read",
        "--key", '{"LockID": {"S": "bucket/projects/p-1/run"}}',
    )  # fmt: skip
    assert found["Item"]["Holder"] == {"S": "ec2/i-2"}
    cloud.aws(
        "dynamodb", "delete-item", "--table-name", table, "--key", '{"LockID": {"S": "bucket/projects/p-1/run"}}',
        "--condition-expression", "Holder = :h", "--expression-attribute-values", '{":h": {"S": "ec2/i-2"}}',
    )  # fmt: skip


def test_of_many_at_once_one_has_it(cloud: Any, table: str) -> None:
    client = cloud.client("dynamodb")

    def take(holder: str) -> bool:
        try:
            client.put_item(TableName=table, Item=item(holder), ConditionExpression="attribute_not_exists(LockID)")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"
            return False
        return True

    for _ in range(20):
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, [f"ec2/i-{number}" for number in range(8)])) == 1
        client.delete_item(TableName=table, Key={"LockID": {"S": "bucket/projects/p-1/run"}})
