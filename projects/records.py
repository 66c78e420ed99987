"""What the runner leaves in the state bucket: run records, and the record of what was last applied."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from projects.platform import Platform, everything

_STAMP = "%Y%m%dT%H%M%SZ"
_RECENT = timedelta(days=40)


@dataclass(frozen=True)
class Run:
    """A run record (service-catalog-setup/runner/record.sh).

    Attributes:
        action: ``apply``, ``plan`` or ``destroy``.
        outcome: ``succeeded``, ``failed``, or ``skipped`` for a plan that another run was in the way of.
        reason: why it failed or was skipped.
        changes: whether its plan had any; None if there was no plan.
        changed: addresses of what its plan would change, at most fifty.
        kept: what a deletion left standing because somebody chose so.
        left: runs of other releases whose work a deletion may have left, because it does not know what they make.
        holder: the machine or build that it ran on, such as ``codebuild/<build id>``.

    """

    key: str
    action: str
    outcome: str
    start: datetime
    end: datetime
    reason: str | None = None
    changes: bool | None = None
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    holder: str | None = None
    product: str | None = None
    release: str | None = None
    project: str | None = None
    log: str | None = None


@dataclass(frozen=True)
class Applied:
    """The inputs of the last apply that succeeded (``projects/<id>/applied``)."""

    release: str
    product: str
    runner_sha256: str
    settings_sha256: str
    parameters: str
    applied: datetime | None


class Records:
    """The records of projects in one state bucket."""

    def __init__(self, platform: Platform) -> None:
        self._s3 = platform.client("s3")
        self._bucket = platform.state_bucket

    def runs(self, project_id: str, *, since: datetime | None = None) -> list[str]:
        """Keys of run records, oldest first: the recent ones, or all if there are no recent ones."""
        prefix = f"projects/{project_id}/runs/"
        start = since or datetime.now(UTC) - _RECENT
        recent = self._keys(prefix, start.strftime(_STAMP))
        return recent if recent or since else self._keys(prefix, "")

    def run(self, key: str) -> Run | None:
        """One run record; None if it is none that can be read."""
        try:
            return _run(key, json.loads(self._read(key) or b"null"))
        except (ValueError, KeyError, TypeError):
            return None

    def newest(self, keys: list[str], action: str | None = None, *, but: str | None = None) -> Run | None:
        """The newest record among some keys, of one action or of any, and of any outcome but one."""
        for key in reversed(keys):
            if action is not None and not key.endswith(f"-{action}.json"):
                continue
            if (found := self.run(key)) and found.outcome != but:
                return found
        return None

    def applied(self, project_id: str) -> Applied | None:
        """What was last applied; None if nothing was, or by a release that did not write it down yet."""
        body = self._read(f"projects/{project_id}/applied")
        if body is None:
            return None
        values = dict(line.partition("=")[::2] for line in body.decode("utf-8", "replace").splitlines())
        try:
            return Applied(
                release=values["release"],
                product=values["product"],
                runner_sha256=values["runner_sha256"],
                settings_sha256=values["settings_sha256"],
                parameters=values["parameters"],
                applied=_time(values["applied"]) if values.get("applied") else None,
            )
        except (KeyError, ValueError):
            return None

    def resources(self, project_id: str) -> int | None:
        """How many resources a project's state holds; None if there is no state.

        Raises:
            ValueError: what is there is no state.

        """
        body = self._read(f"projects/{project_id}/terraform.tfstate")
        return None if body is None else managed(body)

    def keys(self) -> Iterator[str]:
        """Every key below ``projects/`` but the run records."""
        client, bucket = self._s3, self._bucket
        for page in client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix="projects/", Delimiter="/"
        ):
            for folder in page.get("CommonPrefixes", []):
                inside = everything(
                    client, "list_objects_v2", "Contents", Bucket=bucket, Prefix=folder["Prefix"], Delimiter="/"
                )
                yield from (entry["Key"] for entry in inside)

    def _keys(self, prefix: str, after: str) -> list[str]:
        arguments = {"StartAfter": prefix + after} if after else {}
        entries = everything(
            self._s3, "list_objects_v2", "Contents", Bucket=self._bucket, Prefix=prefix, **arguments
        )
        return [entry["Key"] for entry in entries]

    def _read(self, key: str) -> bytes | None:
        try:
            body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None
        return body


def managed(state: bytes) -> int:
    """How many resources a Terraform state holds.

    Raises:
        ValueError: it is no state.

    """
    content = json.loads(state)
    if not isinstance(content, dict) or "version" not in content:
        raise ValueError("it is no Terraform state")
    return sum(
        len(resource.get("instances", [None]))
        for resource in content.get("resources", [])
        if resource.get("mode") == "managed"
    )


def _run(key: str, record: dict[str, Any]) -> Run:
    return Run(
        key=key,
        action=record["action"],
        outcome=record["outcome"],
        start=_time(record["start"]),
        end=_time(record["end"]),
        reason=record.get("reason"),
        changes=record.get("changes"),
        changed=tuple(record.get("changed") or ()),
        kept=tuple(record.get("kept") or ()),
        left=tuple(record.get("left") or ()),
        holder=record.get("holder"),
        product=record.get("product"),
        release=record.get("release"),
        project=(record.get("project") or {}).get("name"),
        log=(record.get("log") or {}).get("stream"),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
