"""Promotion: an approved model's files are copied to where the environments may read, and only there.

Endpoints never read the training's own folders: what is deployed cannot be changed by a later training, stays when the
version is deleted from the registry, and can be shared with another account without sharing anything else.
"""

import hashlib
import json
import tempfile
from dataclasses import replace
from typing import IO, Any

from botocore.exceptions import ClientError

from deploy.context import Context
from deploy.errors import DeployError
from deploy.package import Package

FOLDER = "deploy/models"
CHUNK = 8 * 1024 * 1024
PART = 256 * 1024 * 1024  # of an upload in parts; S3 takes 5 GiB in one request


def promote(context: Context, s3: Any, package: Package) -> Package:
    """Copy the package's files, each once, and return the package with the copies' addresses."""
    summary = digest(s3, package.data_url, hashlib.sha256())
    folder = f"{FOLDER}/{package.version}-{summary[:12]}"
    copies = {
        field: _copy(context, s3, getattr(package, field), f"{folder}/{name}", summary if field == "data_url" else None)
        for field, name in {
            "data_url": "model.tar.gz",
            "statistics": "statistics.json",
            "constraints": "constraints.json",
            "sample": "sample.jsonl",
            "contract": "contract.json",
        }.items()
        if getattr(package, field)
    }
    promoted = replace(package, sha256=summary, **copies)
    return replace(promoted, features=_features(s3, promoted.constraints))


def digest(s3: Any, uri: str, summary: Any, copy: IO[bytes] | None = None) -> str:
    """Hash of an object, in hexadecimal digits; what was hashed is written to ``copy`` as well."""
    bucket, key = split(uri)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        raise DeployError(f"the model's file {uri} cannot be read: {error}") from error
    while chunk := body.read(CHUNK):
        summary.update(chunk)
        if copy is not None:
            copy.write(chunk)
    return str(summary.hexdigest())


def _copy(context: Context, s3: Any, uri: str, key: str, expected: str | None) -> str:
    """Copy a file once: what has a name already is never written again, which the build's role could not do either."""
    address = f"s3://{context.bucket}/{key}"
    # Written from the bytes that were hashed, not copied by S3: only conditional writes are allowed here, and
    # CopyObject knows no condition (S3 user guide, "Enforce conditional writes").
    with tempfile.TemporaryFile() as file:
        there = _there(s3, context.bucket, key)
        # Of the model, the hash is known already.
        found = expected if there and expected else digest(s3, uri, hashlib.sha256(), file)
        if expected is not None and found != expected:
            raise DeployError(f"{uri} was changed while it was promoted: start a new execution")
        if there:
            if digest(s3, address, hashlib.sha256()) != found:
                raise DeployError(
                    f"{address} is another file than {uri}: find out who has put it there, and delete it."
                )
            return address
        try:
            _write_once(context, s3, key, file)
        except ClientError as error:
            raise DeployError(f"{uri} could not be copied to {address}: {error}") from error
    return address


def _write_once(context: Context, s3: Any, key: str, file: IO[bytes]) -> None:
    place = {"Bucket": context.bucket, "Key": key}
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": context.kms_key_arn} if context.kms_key_arn else {}
    size = file.tell()
    file.seek(0)
    if size <= PART:
        s3.put_object(**place, Body=file, IfNoneMatch="*", **encryption)
        return
    upload = {**place, "UploadId": s3.create_multipart_upload(**place, **encryption)["UploadId"]}
    parts = []
    try:
        while chunk := file.read(PART):
            number = len(parts) + 1
            parts.append(
                {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=chunk)["ETag"]}
            )
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
    except ClientError:
        s3.abort_multipart_upload(**upload)
        raise


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
