"""The seed's archive: fetched from S3, checked against its hash, read into memory."""

import hashlib
import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from seed_repository.errors import SeedCorrupt, SeedInvalid, SeedUnavailable
from seed_repository.events import SeedReference
from seed_repository.manifest import Manifest, parse_manifest
from seed_repository.settings import Settings

if TYPE_CHECKING:
    S3Client = Any

MANIFEST = "seed.toml"
CONTENT = "repo/"
_UNIX = 3  # zipfile's create_system: only then does external_attr hold a Unix mode


class Mode(Enum):
    """The three kinds of file that git knows; the values are git's own modes."""

    FILE = 0o100644
    EXECUTABLE = 0o100755
    SYMLINK = 0o120000


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One file of a seed: its path below ``repo/`` with ``/`` between segments, its mode, its content.

    The content of a symbolic link is its target.
    """

    path: str
    mode: Mode
    content: bytes


@dataclass(frozen=True)
class Seed:
    """A seed in memory."""

    manifest: Manifest
    files: tuple[SeedFile, ...]


def download(s3: "S3Client", reference: SeedReference, settings: Settings) -> bytes:
    """Fetch the seed's archive and check that it is the one that was asked for.

    Raises:
        SeedUnavailable: if S3 does not hand it out; says which permission or object is missing.
        SeedCorrupt: if its SHA-256 is another one.

    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see handler._clients

    place = f"s3://{reference.bucket}/{reference.key}"
    try:
        answer = s3.get_object(Bucket=reference.bucket, Key=reference.key)
        length = int(answer["ContentLength"])
        if length > settings.max_archive_bytes:
            raise SeedInvalid(
                f"The seed {place} is {length:,} bytes; at most {settings.max_archive_bytes:,} are accepted."
            )
        archive: bytes = answer["Body"].read()
    except ClientError as error:
        raise SeedUnavailable(_s3_reason(error.response["Error"].get("Code", ""), place, str(error))) from error
    except BotoCoreError as error:
        raise SeedUnavailable(f"The seed {place} could not be read: {error}") from error
    digest = hashlib.sha256(archive).hexdigest()
    if digest != reference.sha256:
        raise SeedCorrupt(
            f"The seed {place} has the SHA-256 {digest}, and {reference.sha256} was asked for: "
            "apply the platform's package again to upload the release."
        )
    return archive


def _s3_reason(code: str, place: str, detail: str) -> str:
    if code in {"AccessDenied", "403"}:
        return (
            f"The seed {place} may not be read. The function's role needs s3:GetObject on it, and kms:Decrypt on "
            f"the bucket's key. ({detail})"
        )
    if code in {"NoSuchKey", "NoSuchBucket", "404"}:
        return f"The seed {place} does not exist: apply the platform's package to upload the release. ({detail})"
    return f"The seed {place} could not be read: {detail}"


def open_archive(archive: bytes, settings: Settings) -> Seed:
    """Read a seed's archive: ``seed.toml`` and everything below ``repo/``.

    Raises:
        SeedInvalid: if it is not such an archive, or larger than the settings allow.

    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            if MANIFEST not in bundle.namelist():
                raise SeedInvalid(f"The seed's archive has no {MANIFEST} at its root.")
            manifest = parse_manifest(bundle.read(MANIFEST))
            files = tuple(_read_files(bundle, settings))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise SeedInvalid(f"The seed's archive cannot be read: {error}") from error
    if not files:
        raise SeedInvalid(f"The seed's archive has no files below {CONTENT}.")
    return Seed(manifest, files)


def _read_files(bundle: zipfile.ZipFile, settings: Settings) -> Iterator[SeedFile]:
    entries = [entry for entry in bundle.infolist() if entry.filename.startswith(CONTENT) and not entry.is_dir()]
    size = sum(entry.file_size for entry in entries)
    # zipfile never reads more of an entry than its header says, so these sums are also what memory will hold.
    if len(entries) > settings.max_files or size > settings.max_bytes:
        raise SeedInvalid(
            f"The seed holds {len(entries):,} files of {size:,} bytes; at most {settings.max_files:,} files of "
            f"{settings.max_bytes:,} bytes are accepted."
        )
    for entry in entries:
        yield SeedFile(entry.filename.removeprefix(CONTENT), _mode(entry), bundle.read(entry))


def _mode(entry: zipfile.ZipInfo) -> Mode:
    mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    if stat.S_ISLNK(mode):
        return Mode.SYMLINK
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise SeedInvalid(f"The seed's {entry.filename} is neither a file nor a symbolic link.")
    return Mode.EXECUTABLE if mode & stat.S_IXUSR else Mode.FILE
