"""The lock table: Terraform's locks, and beside them who owns a project and who works on it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from projects.platform import Platform, PlatformError, everything

_BATCH = 50  # BatchGetItem takes a hundred keys; a project has two here
_ROUNDS = 20


@dataclass(frozen=True)
class Holder:
    """Who works on a project.

    Attributes:
        who: ``ec2/<instance>``, ``codebuild/<build>``, ``host/<user@host>``, or whom Terraform's lock names.
        action: what is done.
        since: when it began, as it was written down.
        stream: of the log; None for a Terraform lock without a lease.

    """

    who: str
    action: str
    since: str
    stream: str | None = None


@dataclass(frozen=True)
class Item:
    """One item about a project.

    Attributes:
        project: the project's id.
        kind: ``owner``, ``run`` (the lease), ``terraform.tfstate`` (Terraform's lock) or ``terraform.tfstate-md5``
            (its checksum).

    """

    key: str
    project: str
    kind: str
    values: dict[str, str]

    @property
    def holder(self) -> Holder | None:
        """Who holds it, if it is a lease or a lock."""
        if self.kind == "run" and "Holder" in self.values:
            values = self.values
            return Holder(
                values["Holder"], values.get("Action", "?"), values.get("Started", "?"), values.get("Stream")
            )
        if self.kind == "terraform.tfstate" and "Info" in self.values:
            info = json.loads(self.values["Info"])
            return Holder(info.get("Who", "?"), info.get("Operation", "?"), info.get("Created", "?"))
        return None


def holders(platform: Platform, project_ids: Sequence[str]) -> dict[str, Holder]:
    """Who works on which project: by its lease, or else by Terraform's lock.

    Raises:
        PlatformError: the table does not give all answers.

    """
    found: dict[str, Holder] = {}
    for start in range(0, len(project_ids), _BATCH):
        ids = [
            f"{platform.state_bucket}/projects/{project}/{kind}"
            for project in project_ids[start : start + _BATCH]
            for kind in ("run", "terraform.tfstate")
        ]
        items = [item for raw in _get(platform, ids) if (item := _item(platform, raw))]
        for item in sorted(items, key=lambda item: item.kind):  # the lease comes first
            if holder := item.holder:
                found.setdefault(item.project, holder)
    return found


def items(platform: Platform) -> list[Item]:
    """Everything in the table that is about projects."""
    raw = everything(
        platform.client("dynamodb"), "scan", "Items", TableName=platform.lock_table, ConsistentRead=True
    )
    return [item for entry in raw if (item := _item(platform, entry))]


def _get(platform: Platform, ids: list[str]) -> list[dict[str, Any]]:
    client, table = platform.client("dynamodb"), platform.lock_table
    wanted: dict[str, Any] = {table: {"Keys": [{"LockID": {"S": one}} for one in ids]}}
    found: list[dict[str, Any]] = []
    for _round in range(_ROUNDS):
        answer = client.batch_get_item(RequestItems=wanted)
        found += answer["Responses"].get(table, [])
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return found
    raise PlatformError(f"The lock table {table} does not answer for all projects: it is throttled. Try again.")


def _item(platform: Platform, raw: dict[str, Any]) -> Item | None:
    key = raw["LockID"]["S"]
    prefix = f"{platform.state_bucket}/projects/"
    if not key.startswith(prefix):
        return None
    project, _, kind = key.removeprefix(prefix).partition("/")
    values = {name: value["S"] for name, value in raw.items() if name != "LockID" and "S" in value}
    return Item(key, project, kind, values)
