"""``python -m toolchain.projects BUCKET``: refuse when projects still have resources in their state.

`make destroy` asks first: without the launch role, the runner role and the key, what projects own could neither be
deleted nor decrypted.
"""

import json
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

_PREFIX = "projects/"
_STATE = "/terraform.tfstate"


def alive(s3: Any, bucket: str) -> dict[str, int]:
    """Projects whose state holds resources, with their number.

    Args:
        s3: a boto3 S3 client.
        bucket: the state bucket.

    Raises:
        ClientError: the bucket or a state cannot be read.

    """
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_PREFIX):
        for entry in page.get("Contents", []):
            if not entry["Key"].endswith(_STATE):
                continue
            state = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            managed = [resource for resource in state.get("resources", []) if resource.get("mode") == "managed"]
            if managed:
                found[entry["Key"].removeprefix(_PREFIX).removesuffix(_STATE)] = len(managed)
    return found


def main(arguments: list[str]) -> int:
    """Exit status 1 when projects exist, 2 when that cannot be known."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        found = alive(boto3.client("s3"), arguments[0])
    except (ClientError, BotoCoreError, ValueError) as error:
        print(
            f"error: the projects in {arguments[0]} cannot be listed ({error}); nothing was destroyed",
            file=sys.stderr,
        )
        return 2
    if not found:
        return 0
    print(
        f"error: {len(found)} project(s) exist; delete them first (aws sagemaker delete-project):", file=sys.stderr
    )
    for project, resources in sorted(found.items()):
        print(
            f"  {project}: {resources} resources in s3://{arguments[0]}/{_PREFIX}{project}{_STATE}",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
