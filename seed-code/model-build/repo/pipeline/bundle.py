"""Code and data in S3 under the hash of their content.

The same commit gives the same keys, and no run overwrites what another one uses.
"""

import gzip
import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.settings import ROOT, Settings


@dataclass(frozen=True)
class Bundle:
    """The files of one kind, and the S3 folder that their content decides."""

    kind: str
    files: dict[str, bytes]

    @property
    def digest(self) -> str:
        """Hash of names and contents, long enough to never meet twice."""
        summary = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            summary.update(f"{name}\0{len(content)}\0".encode())
            summary.update(content)
        return summary.hexdigest()[:16]

    def uri(self, settings: Settings) -> str:
        """S3 folder of the bundle, without a slash at the end."""
        return f"{settings.prefix}/{self.kind}/{self.digest}"

    def archive(self) -> bytes:
        """Pack the files as tar.gz, as script mode wants its code; equal files give equal bytes."""
        buffer = io.BytesIO()
        with (
            gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w") as tar,
        ):
            for name, content in sorted(self.files.items()):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                entry.mode = 0o644
                tar.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()


def code() -> Bundle:
    """Return the step scripts, ``src/*.py``."""
    return _bundle("code", ROOT / "src", "*.py")


def data() -> Bundle:
    """Return the raw data, ``data/*.csv``."""
    return _bundle("data", ROOT / "data", "*.csv")


def upload(settings: Settings, s3: Any) -> None:
    """Put code and data where the definition expects them.

    An object that is there already is written again: same key, same bytes, and no permission to look is needed.
    """
    source, rows = code(), data()
    objects = {f"{source.uri(settings)}/src/{name}": content for name, content in source.files.items()}
    objects[f"{source.uri(settings)}/sourcedir.tar.gz"] = source.archive()
    objects |= {f"{rows.uri(settings)}/{name}": content for name, content in rows.files.items()}
    key = settings.kms_key_arn  # without one, the bucket's own default encrypts
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    for uri, content in objects.items():
        bucket, name = uri.removeprefix("s3://").split("/", 1)
        s3.put_object(Bucket=bucket, Key=name, Body=content, **encryption)


def _bundle(kind: str, folder: Path, pattern: str) -> Bundle:
    files = {file.name: file.read_bytes() for file in sorted(folder.glob(pattern))}
    if not files:
        raise FileNotFoundError(f"no {pattern} in {folder}")
    return Bundle(kind, files)
