"""A job's data: from S3 into the container and back, with the execution role's credentials."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError


class TransferError(Exception):
    """Data could not be brought in or out. The message is the job's failure reason."""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key`` (the key may be empty).

    Raises:
        TransferError: it is no such URI.

    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise TransferError(f"ClientError: Invalid S3 URI '{uri}'")
    return bucket, key


def keys_under(s3: Any, uri: str) -> Iterator[tuple[str, str]]:
    """Keys below an S3 prefix, each with its path relative to the prefix (an object's own name for an object).

    Raises:
        TransferError: S3 refuses.

    """
    bucket, prefix = split_uri(uri)
    folder = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                key = item["Key"]
                if key.endswith("/"):
                    continue
                if key == prefix:
                    yield key, key.rsplit("/", 1)[-1]
                elif key.startswith(folder):
                    yield key, key[len(folder) :]
                else:  # a prefix that ends inside a name: data/part matches data/part-0001.csv
                    yield key, key.rsplit("/", 1)[-1]
    except ClientError as error:
        raise TransferError(f"ClientError: Data download failed: {error}") from error


def nothing_found(uri: str, region: str, role_arn: str) -> str:
    """The sentence with which SageMaker refuses an empty data source."""
    bucket, _ = split_uri(uri)
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
        f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the role "
        f'"{role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )


def download(s3: Any, uri: str, folder: Path) -> int:
    """Bring everything below an S3 prefix into a folder; the number of objects.

    Raises:
        TransferError: S3 refuses, or a key would leave the folder.

    """
    bucket, _ = split_uri(uri)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for key, relative in keys_under(s3, uri):
        place = (folder / relative).resolve()
        if not place.is_relative_to(folder.resolve()):
            raise TransferError(f"ClientError: Data download failed: the key {key} leaves the input's folder")
        place.parent.mkdir(parents=True, exist_ok=True)
        _fetch(s3, bucket, key, place)
        count += 1
    return count


def read_text(s3: Any, uri: str) -> str:
    """The text of one object.

    Raises:
        TransferError: S3 refuses, or it is not text.

    """
    bucket, key = split_uri(uri)
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body.decode("utf-8")
    except ClientError as error:
        raise TransferError(f"ClientError: Cannot read {uri}: {error}") from error
    except UnicodeDecodeError as error:
        raise TransferError(f"ClientError: {uri} is not text: {error}") from error


def upload_tree(s3: Any, folder: Path, uri: str, kms_key: str | None = None) -> int:
    """Upload every file below a folder; the number of files.

    Raises:
        TransferError: S3 refuses.

    """
    bucket, prefix = split_uri(uri)
    prefix = prefix.rstrip("/")
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    for file in files:
        relative = file.relative_to(folder).as_posix()
        upload_file(
            s3, file, f"s3://{bucket}/{prefix}/{relative}" if prefix else f"s3://{bucket}/{relative}", kms_key
        )
    return len(files)


def upload_file(s3: Any, file: Path, uri: str, kms_key: str | None = None) -> None:
    """Upload one file.

    Raises:
        TransferError: S3 refuses.

    """
    bucket, key = split_uri(uri)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    try:
        with file.open("rb") as body:
            s3.put_object(Bucket=bucket, Key=key, Body=body, **encryption)
    except ClientError as error:
        raise TransferError(f"ClientError: Failed to upload to {uri}: {error}") from error


def pack(folder: Path, archive: Path) -> None:
    """Write a folder's contents as a ``.tar.gz`` whose members begin at the folder."""
    with tarfile.open(archive, "w:gz") as tar:
        for item in sorted(folder.iterdir()):
            tar.add(item, arcname=item.name)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a ``.tar.gz``; members that would leave the folder are refused.

    Raises:
        TransferError: it is no such archive.

    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            _extract(tar, folder.resolve())
    except (tarfile.TarError, ValueError) as error:
        raise TransferError(f"ClientError: Cannot unpack {archive.name}: {error}") from error


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        tar.extractall(folder, filter="data")
        return
    for member in tar:  # Python before 3.11.4
        if not (folder / member.name).resolve().is_relative_to(folder) or not (member.isfile() or member.isdir()):
            raise ValueError(f"{member.name!r} leads out of it, or is no file")
        tar.extract(member, folder)


def _fetch(s3: Any, bucket: str, key: str, place: Path) -> None:
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
        with place.open("wb") as file:
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)
    except ClientError as error:
        raise TransferError(f"ClientError: Data download failed: s3://{bucket}/{key}: {error}") from error
