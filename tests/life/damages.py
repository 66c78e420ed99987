"""A state that is missing, corrupted, wrong or beside its place, and what docs/operations.md has against it."""

import json
from dataclasses import dataclass
from typing import Any

from tests.journey.clients import CliError
from tests.journey.world import Launch
from tests.life.handbook import Handbook
from tests.life.runs import STATE, again


@dataclass(frozen=True)
class Damage:
    """A state that was damaged, and mended.

    Attributes:
        refused: run record of the comparison that met it.
        log: of that run.

    """

    refused: dict[str, Any]
    log: str


def missing(book: Handbook) -> Damage:
    """The state is deleted."""
    launch = book.launch
    launch.platform.engineer(
        "s3api", "delete-object", "--bucket", launch.platform.state_bucket, "--key", launch.state_key
    )
    refused = _damage(book)
    # "A state that was deleted comes back in the same way: the copy lies over its delete marker."
    _restore(book)
    return refused


def corrupted(book: Handbook) -> Damage:
    """The state is cut off."""
    launch = book.launch
    damaged = book.folder / "damaged"
    damaged.write_text(json.dumps(launch.state())[:500])
    launch.platform.engineer(
        *("s3api", "put-object", "--bucket", launch.platform.state_bucket, "--key", launch.state_key),
        *("--body", str(damaged)),
    )
    refused = _damage(book)
    _restore(book)
    return refused


def _restore(book: Handbook) -> None:
    """Put the right version where it belongs, and its checksum beside it."""
    # "The newest that can be read and lists the project's resources is the right one."
    right = next(version for _, version, *_ in _versions(book)["versions"] if _is_right(book, version))
    book.do(STATE, "versionId=$VERSION", VERSION=right)
    book.do(STATE, "md5sum")


def protected(launch: Launch) -> str:
    """What S3 says to whoever deletes a version of the state."""
    platform = launch.platform
    address = ("--bucket", platform.state_bucket, "--key", launch.state_key)
    version = platform.engineer("s3api", "head-object", *address)["VersionId"]
    try:
        platform.engineer("s3api", "delete-object", *address, "--version-id", version)
    except CliError as refused:
        return str(refused)
    return "nothing"


def wrong(book: Handbook) -> Damage:
    """The lock table has another checksum."""
    platform = book.launch.platform
    item = {
        "LockID": {"S": f"{platform.state_bucket}/{book.launch.state_key}-md5"},
        "Digest": {"S": "0123456789abcdef0123456789abcdef"},
    }
    platform.engineer("dynamodb", "put-item", "--table-name", platform.lock_table, "--item", json.dumps(item))
    refused = _damage(book)
    newest = _versions(book)["versions"][0][1]
    assert _is_right(book, newest)
    book.do(STATE, "md5sum")
    return refused


def unwritten(book: Handbook) -> int:
    """A run has left a newer state beside the project's; its serial. The person goes on from that one."""
    platform = book.launch.platform
    newer = book.launch.state()
    newer["serial"] += 1
    file = book.folder / "errored"
    file.write_text(json.dumps(newer))
    key = f"projects/{book.launch.identifier}/errored.tfstate"
    platform.engineer("s3api", "put-object", "--bucket", platform.state_bucket, "--key", key, "--body", str(file))
    book.do(STATE, 'errored.tfstate" state.json')
    assert json.loads((book.folder / "state.json").read_text())["serial"] == newer["serial"]
    book.do(STATE, 'copy-source "$STATE_BUCKET/projects/$PROJECT_ID/errored.tfstate')
    book.do(STATE, "md5sum")
    return int(newer["serial"])


def _damage(book: Handbook) -> Damage:
    """Meet what was damaged by a run that changes nothing."""
    refused = again(book, "plan")
    return Damage(refused, book.launch.platform.engineer.log(refused["log"]["group"], refused["log"]["stream"]))


def _versions(book: Handbook) -> dict[str, list[list[Any]]]:
    return dict(book.do(STATE, "list-object-versions"))


def _is_right(book: Handbook, version: str) -> bool:
    book.do(STATE, "--version-id", VERSION=version)
    try:
        return bool(json.loads((book.folder / "state.json").read_text())["resources"])
    except ValueError:
        return False
