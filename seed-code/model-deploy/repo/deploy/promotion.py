"""Promotion: an approved model's files are copied to where the environments may read, and only there.

Endpoints never read the training's own folders: what is deployed cannot be changed by a later training, stays when the
version is deleted from the registry, and can be shared with another account without sharing anything else.
"""

import hashlib
import json
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from deploy.context import Context
from deploy.errors import DeployError
from deploy.package import Package

FOLDER = "deploy/models"
CHUNK = 8 * 1024 * 1024


def promote(context: Context, s3: Any, package: Package) -> Package:
    """Copy the package's files, each once, and return the package with the copies' addresses."""
    digest = _sha256(s3, package.data_url)
    folder = f"{FOLDER}/{package.version}-{digest[:12]}"
    copies = {
        field: _copy(context, s3, getattr(package, field), f"{folder}/{name}")
        for field, name in {
            "data_url": "model.tar.gz",
            "statistics": "statistics.json",
            "constraints": "constraints.json",
            "sample": "sample.jsonl",
            "contract": "contract.json",
        }.items()
        if getattr(package, field)
    }
    promoted = replace(package, sha256=digest, **copies)
    return replace(promoted, features=_features(s3, promoted.constraints))


def _sha256(s3: Any, uri: str) -> str:
    bucket, key = split(uri)
    summary = hashlib.sha256()
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        raise DeployError(f"the model's file {uri} cannot be read: {error}") from error
    while chunk := body.read(CHUNK):
        summary.update(chunk)
    return summary.hexdigest()


def _copy(context: Context, s3: Any, uri: str, key: str) -> str:
    bucket, source = split(uri)
    address = f"s3://{context.bucket}/{key}"
    # The folder's name has the version and the model's hash in it: what is there already is the same.
    if _there(s3, context.bucket, key):
        return address
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": context.kms_key_arn} if context.kms_key_arn else {}
    try:
        s3.copy({"Bucket": bucket, "Key": source}, context.bucket, key, ExtraArgs=encryption)
    except ClientError as error:
        raise DeployError(f"{uri} could not be copied to {address}: {error}") from error
    return address


def _there(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def _features(s3: Any, constraints: str | None) -> list[str]:
    """Names of the features that the baseline knows."""
    if constraints is None:
        return []
    return [feature["name"] for feature in json.loads(fetch(s3, constraints)).get("features", [])]


def fetch(s3: Any, uri: str) -> bytes:
    """Content of an object."""
    bucket, key = split(uri)
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 address."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
