"""Where a seed comes from: a folder, a zip, or an archive in S3. In the end it is the archive that counts."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from release.archives import zip_archive
from release.build import seed_entries


class SeedNotFound(Exception):
    """There is no seed at the given place; the message says what was looked for."""


def read_seed(place: str) -> bytes:
    """The archive of the seed at a place, made if it is a folder.

    Args:
        place: a folder with ``seed.toml`` and ``repo/``, a ``.zip``, or ``s3://bucket/key``.

    Raises:
        SeedNotFound: if there is none.

    """
    if place.startswith("s3://"):
        return _from_s3(place)
    path = Path(place)
    if path.is_dir():
        for needed in ("seed.toml", "repo"):
            if not (path / needed).exists():
                raise SeedNotFound(f"{path} has no {needed}: a seed is a folder with seed.toml and repo/.")
        return zip_archive(seed_entries(path))
    if path.is_file():
        return path.read_bytes()
    raise SeedNotFound(f"There is no {path}. Name a folder, a zip, or s3://bucket/key: make seed-check SEED=…")


def _from_s3(place: str) -> bytes:
    import boto3  # noqa: PLC0415 - folders need no AWS
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    parts = urlsplit(place)
    client: Any = boto3.client("s3")
    try:
        content: bytes = client.get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise SeedNotFound(f"{place} cannot be read: {error}") from error
    return content
