"""Restoring releases from the state bucket, where package 1 has put them: on another machine, or after a loss."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from release.archives import sha256
from release.offer import MANIFEST, Offer, OfferError, Shelf
from release.verify import problems
from release.version import Version

_LIST = "releases/offer.json"


def fetch(
    shelf: Shelf, versions: Sequence[str], *, bucket: str | None, name: str, say: Callable[[str], object]
) -> None:
    """Restore releases, every file checked by its hash.

    Args:
        shelf: where they go. A release that is here and whole is left alone.
        versions: which; none means everything on offer, together with the record of what is.
        bucket: the state bucket; None derives its name as package 1 does.
        name: package 1's ``name``.
        say: is told what happens.

    Raises:
        OfferError: the bucket cannot be read, or what it holds is not what its hashes say.

    """
    import boto3  # noqa: PLC0415 - building needs no AWS
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        session = boto3.session.Session()
        place = bucket or _state_bucket(session, name)
        store = Store(session.client("s3"), place)
        listed = store.offer()
        for version in versions or listed.versions:
            _restore(store, shelf, str(Version(version)), say)
    except (BotoCoreError, ClientError) as error:
        raise OfferError(f"The state bucket cannot be read: {error}. Name it: make fetch BUCKET=…") from error
    if not versions:
        if shelf.offer() not in (None, listed):
            raise OfferError(
                f"{shelf.record} says something else than what is deployed ({', '.join(listed.versions)}). It was "
                "left as it is; remove it and repeat to take what is deployed."
            )
        shelf.write(listed)
        say(f"{shelf.record} says what is on offer: {', '.join(listed.versions)}.")


class Store:
    """The releases in a state bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._hashes: dict[str, str] = {}

    def offer(self) -> Offer:
        """What package 1 offered when it was last applied.

        Raises:
            OfferError: there is no list, or it is of a later form.

        """
        listed = json.loads(self._read(_LIST))
        if listed.get("schema") != 1:
            raise OfferError(f"s3://{self._bucket}/{_LIST} is not of schema 1: use the version that wrote it.")
        self._hashes = {version: release["sha256"] for version, release in listed["releases"].items()}
        current = str(listed["current"])
        retained = sorted((version for version in self._hashes if version != current), key=Version)
        deprecated = {version for version, release in listed["releases"].items() if release["deprecated"]}
        return Offer(current, tuple(retained), frozenset(deprecated))

    def manifest(self, version: str) -> bytes:
        """A release's ``release.json``, as it was when package 1 was last applied.

        Raises:
            OfferError: it is not there, or is another one.

        """
        body = self._read(f"releases/{version}/{MANIFEST}")
        if version in self._hashes and sha256(body) != self._hashes[version]:
            raise OfferError(
                f"releases/{version}/{MANIFEST} is not the one that was uploaded. Apply package 1 again."
            )
        return body

    def object(self, described: dict[str, str]) -> bytes:
        """One archive.

        Raises:
            OfferError: it is not there, or its content is not what its hash says.

        """
        body = self._read(described["key"])
        if sha256(body) != described["sha256"]:
            raise OfferError(f"s3://{self._bucket}/{described['key']} is damaged: its content has another hash.")
        return body

    def _read(self, key: str) -> bytes:
        try:
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey as error:
            raise OfferError(
                f"s3://{self._bucket}/{key} does not exist. Package 1 keeps there what is on offer, nothing else."
            ) from error
        return body


def _restore(store: Store, shelf: Shelf, version: str, say: Callable[[str], object]) -> None:
    place = shelf.place(version)
    if (place / MANIFEST).exists() and not problems(place):
        say(f"{version} is here and whole: {place}")
        return
    body = store.manifest(version)
    described = json.loads(body)
    shelf.folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".fetching-", dir=shelf.folder))
    try:
        for item in described["objects"].values():
            if Path(item["file"]).name != item["file"]:
                raise OfferError(
                    f"releases/{version}/{MANIFEST} names the file {item['file']!r}: it is not one of ours."
                )
            (draft / item["file"]).write_bytes(store.object(item))
        (draft / MANIFEST).write_bytes(body)
        if found := problems(draft):
            raise OfferError(f"{version} is not whole in the state bucket: {'; '.join(found)}")
        shutil.rmtree(place, ignore_errors=True)
        draft.chmod(0o755)
        draft.replace(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    say(f"{version} is restored: {place}")


def _state_bucket(session: Any, name: str) -> str:
    account = session.client("sts").get_caller_identity()["Account"]
    return f"{name.replace('sagemaker', 'ml')}-state-{account}-{session.region_name}"
