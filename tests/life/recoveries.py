"""The story of a project to which bad things happen, and of the steps that docs/operations.md has against them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.faults.client import FaultClient
from tests.journey.clients import CliError, eventually
from tests.journey.world import LAUNCH_SECONDS, Launch
from tests.life.handbook import Handbook
from tests.life.installation import Installation
from tests.life.upgrades import FIRST

STATE, LOCKS, NOBODY = "A damaged state", "A lock that nobody holds", "How projects are"
# Minutes; nobody would choose it.
TAMPERED = 78
PERSON = "host/ada@laptop"
NONCE = "a-nonce-of-adas"
LOCK = "99999999-8888-7777-6666-555555555555"
# Longer than anything here takes: what waits so long is dead before it goes on.
_HELD_SECONDS = 900


@dataclass(frozen=True)
class Damage:
    """A state that was damaged, and mended.

    Attributes:
        refused: run record of the comparison that met it.
        log: of that run.

    """

    refused: dict[str, Any]
    log: str


@dataclass(frozen=True)
class Waited:
    """An update that waited for somebody.

    Attributes:
        shown: the lease, as the document's command shows it.
        sign: what the owner's item then said of the dead run.
        record: of the update's run.

    """

    shown: dict[str, Any]
    sign: str
    log: str
    record: dict[str, Any]
    heads: dict[str, str]
    commits: dict[str, int]


@dataclass(frozen=True)
class Terminated:
    """An update whose instance was terminated while Terraform worked.

    Attributes:
        lock: Terraform's, as it was found.
        before: the project's branch in its pipeline, before the update and after the return.

    """

    instance: str
    lock: dict[str, Any]
    status: str
    log: str
    record: dict[str, Any]
    items: set[str]
    branches: tuple[str, str]
    heads: dict[str, str]


@dataclass(frozen=True)
class Hindered:
    """The project after two of its runs were hindered."""

    launch: Launch
    waited: Waited
    terminated: Terminated


@dataclass(frozen=True)
class Nobodys:
    """What was left of a project that is gone: its state with a log group in it, and what it was made with.

    Attributes:
        group: the log group's name.
        named: what ``make orphans`` names of it: kind and advice.
        record: of the destruction.
        left: names of its log groups, items and objects afterwards.

    """

    group: str
    named: dict[str, str]
    record: dict[str, Any]
    left: list[str]


@dataclass(frozen=True)
class Recovered:
    """The project after its state was damaged three times and then lost; deleted in the end.

    Attributes:
        put_back: run record of what put the project back, after somebody had changed its build.
        rescued: serial of the state that could not be written, which was then put where it belongs.
        serial: of the project's state, after that.
        compared: run record of the last comparison.
        protected: what S3 says to whoever deletes a version of the state.
        left: names of the project's roles after it was deleted without a state.
        nobodys: what came back then, and went.

    """

    launch: Launch
    missing: Damage
    corrupted: Damage
    wrong: Damage
    rescued: int
    serial: int
    put_back: dict[str, Any]
    compared: dict[str, Any]
    protected: str
    left: list[str]
    nobodys: Nobodys


def tell_of_locks(installation: Installation, folder: Path) -> Hindered:
    """Tell the first part; package 1 is applied with the first release."""
    launch = installation.platform.launch("unlucky", ArtifactBucketContents="keep").completed()
    folder.mkdir()
    return Hindered(launch, _waited(Handbook(launch, folder)), _terminated(launch))


def tell_of_states(launch: Launch, folder: Path) -> Recovered:
    """Tell the second part."""
    book = Handbook(launch, folder)
    damages = _missing(book), _corrupted(book), _wrong(book)
    rescued = _unwritten(book)
    serial, put_back = launch.state()["serial"], _put_back(book)
    compared, protected = _again(book, "plan"), _protected(launch)
    stored = _store(launch, folder)
    left = _stateless(book)
    return Recovered(
        launch, *damages, rescued, serial, put_back, compared, protected, left, _nobodys(book, stored)
    )


def _missing(book: Handbook) -> Damage:
    launch = book.launch
    launch.platform.engineer(
        "s3api", "delete-object", "--bucket", launch.platform.state_bucket, "--key", launch.state_key
    )
    refused = _damage(book)
    # "A state that was deleted comes back in the same way: the copy lies over its delete marker."
    _restore(book)
    return refused


def _corrupted(book: Handbook) -> Damage:
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


def _protected(launch: Launch) -> str:
    """What S3 says to whoever deletes a version of the state."""
    platform = launch.platform
    address = ("--bucket", platform.state_bucket, "--key", launch.state_key)
    version = platform.engineer("s3api", "head-object", *address)["VersionId"]
    try:
        platform.engineer("s3api", "delete-object", *address, "--version-id", version)
    except CliError as refused:
        return str(refused)
    return "nothing"


def _wrong(book: Handbook) -> Damage:
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


def _unwritten(book: Handbook) -> int:
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


def _stateless(book: Handbook) -> list[str]:
    """No version of the state is left, as far as anybody knows: the project is deleted by its tags."""
    launch, platform = book.launch, book.launch.platform
    platform.engineer("s3api", "delete-object", "--bucket", platform.state_bucket, "--key", launch.state_key)
    book.do(STATE, "REMOVE #r")
    book.do(STATE, "terraform.tfstate-md5")
    assert platform.watcher("iam").get_role(RoleName=f"{launch.prefix}-build")
    launch.delete()
    roles = platform.watcher("iam").get_paginator("list_roles").paginate()
    return [
        role["RoleName"] for page in roles for role in page["Roles"] if role["RoleName"].startswith(launch.prefix)
    ]


def _put_back(book: Handbook) -> dict[str, Any]:
    """Somebody has changed the build; what was applied last is applied again."""
    launch = book.launch
    change = ("--name", f"{launch.prefix}-build", f"--timeout-in-minutes={TAMPERED}")
    launch.platform.engineer("codebuild", "update-project", *change)
    return _again(book, "apply")


def _store(launch: Launch, folder: Path) -> dict[str, Path]:
    """Everything that the state bucket has of the project but its run records, by key."""
    found = {}
    for key in _keys(launch):
        found[key] = folder / f"stored-{len(found)}"
        address = ("--bucket", launch.platform.state_bucket, "--key", key)
        launch.platform.engineer("s3api", "get-object", *address, str(found[key]))
    return found


def _nobodys(book: Handbook, stored: dict[str, Path]) -> Nobodys:
    """Its log group is there again, in a state again, and no project has it: it is destroyed by hand."""
    launch, platform = book.launch, book.launch.platform
    group = f"/aws/codebuild/{launch.prefix}-build"
    platform.engineer(
        *("logs", "create-log-group", "--log-group-name", group),
        *("--tags", f"sagemaker:project-id={launch.identifier}"),
    )
    state = json.loads(stored[launch.state_key].read_text())
    state["resources"] = [
        resource
        for resource in state["resources"]
        if (resource["type"], resource["name"]) == ("aws_cloudwatch_log_group", "build")
    ]
    stored[launch.state_key].write_text(json.dumps(state))
    for key, file in stored.items():
        address = ("--bucket", platform.state_bucket, "--key", key)
        platform.engineer("s3api", "put-object", *address, "--body", str(file))
    found = json.loads(platform.program("projects", "orphans", "--json").stdout)["orphans"]
    named = {one["kind"]: one["advice"] for one in found if one["project"] == launch.identifier}
    record = _again(book, "destroy")
    groups = platform.engineer("logs", "describe-log-groups", "--log-group-name-prefix", group)["logGroups"]
    left = [one["logGroupName"] for one in groups] + sorted(items(launch)) + _keys(launch)
    return Nobodys(group, named, record, left)


def _keys(launch: Launch) -> list[str]:
    prefix = f"projects/{launch.identifier}/"
    listed = launch.platform.engineer(
        "s3api", "list-objects-v2", "--bucket", launch.platform.state_bucket, "--prefix", prefix
    )
    found = [one["Key"] for one in listed.get("Contents", [])]
    return [key for key in found if not key.startswith(f"{prefix}runs/")]


def _waited(book: Handbook) -> Waited:
    """Somebody's machine has the lease and Terraform's lock; an update waits until the lease is removed."""
    launch, platform = book.launch, book.launch.platform
    lease = {
        "LockID": f"{platform.state_bucket}/projects/{launch.identifier}/run",
        "Holder": PERSON,
        "Host": "laptop",
        "Action": "apply",
        "Nonce": NONCE,
        "Started": "2026-01-01T00:00:00Z",
        "Stream": "none",
    }
    held = {
        "ID": LOCK,
        "Operation": "OperationTypeApply",
        "Who": "ada@laptop",
        "Created": "2026-01-01T00:01:00.5Z",
    }
    lock = {
        "LockID": f"{platform.state_bucket}/{launch.state_key}",
        "Info": json.dumps(held, separators=(",", ":")),
    }
    for planted in (lease, lock):
        item = json.dumps({name: {"S": value} for name, value in planted.items()})
        platform.engineer("dynamodb", "put-item", "--table-name", platform.lock_table, "--item", item)
    launch.update(FIRST, GitBranchName="second")
    launch.said(f"Waits for another run of this project: apply by {PERSON}")
    shown = book.do(LOCKS, "--query Item\n")
    book.do(LOCKS, "update-item")
    sign = items(launch)["owner"]["Interrupted"]["S"]
    book.do(LOCKS, "delete-item", NONCE=shown["Nonce"]["S"])
    launch.updated()
    assert "Interrupted" not in items(launch)["owner"]
    clone = platform.git.clone(launch.repository, book.folder / "clone")
    heads = platform.git.heads(launch.repository)
    commits = {
        branch: int(platform.git.run(clone, "rev-list", "--count", commit)) for branch, commit in heads.items()
    }
    return Waited(shown, sign, launch.runner_log(), launch.run_records()[-1], heads, commits)


def _terminated(launch: Launch) -> Terminated:
    """Terraform is in the middle of its work when the instance loses its power."""
    platform = launch.platform
    control = FaultClient(platform.terraform.handout.endpoint)
    before = _branch(launch)
    held = {
        "on": "call",
        "service": "codepipeline",
        "operation": "UpdatePipeline",
        "kind": "delay",
        "seconds": _HELD_SECONDS,
        "name": "in the middle",
    }
    with control.faults(held):
        launch.update(FIRST, GitBranchName="third")
        _eventually(lambda: control.hits("in the middle"), "Terraform's change of the pipeline")
        held_items = items(launch)
        instance = held_items["run"]["Holder"]["S"].removeprefix("ec2/")
        platform.engineer("ec2", "terminate-instances", "--instance-ids", instance, "--skip-os-shutdown")
    # CloudFormation waits an hour for an instance's signal.
    control.expire(subject=instance)
    launch.updated("UpdateFailed")
    return Terminated(
        instance,
        json.loads(held_items["terraform.tfstate"]["Info"]["S"]),
        launch.stack()["StackStatus"],
        launch.runner_log(),
        launch.run_records()[-1],
        set(items(launch)),
        (before, _branch(launch)),
        platform.git.heads(launch.repository),
    )


def _damage(book: Handbook) -> Damage:
    """Meet what was damaged by a run that changes nothing."""
    refused = _again(book, "plan")
    return Damage(refused, book.launch.platform.engineer.log(refused["log"]["group"], refused["log"]["stream"]))


def _again(book: Handbook, action: str) -> dict[str, Any]:
    """Plan, apply or destroy once more, as the document says; the run record."""
    known = len(book.launch.run_records(action))
    chapter = NOBODY if action == "destroy" else STATE
    build = book.do(chapter, f"again {action}")["build"]["id"]
    codebuild = book.launch.platform.watcher("codebuild")
    _eventually(
        lambda: codebuild.batch_get_builds(ids=[build])["builds"][0]["buildStatus"] != "IN_PROGRESS",
        f"the end of again {action}",
    )
    records = book.launch.run_records(action)
    assert len(records) == known + 1
    return records[-1]


def _versions(book: Handbook) -> dict[str, list[list[Any]]]:
    return dict(book.do(STATE, "list-object-versions"))


def _is_right(book: Handbook, version: str) -> bool:
    book.do(STATE, "--version-id", VERSION=version)
    try:
        return bool(json.loads((book.folder / "state.json").read_text())["resources"])
    except ValueError:
        return False


def items(launch: Launch) -> dict[str, dict[str, dict[str, str]]]:
    """The project's items in the lock table, by the last part of their key."""
    found = launch.platform.engineer("dynamodb", "scan", "--table-name", launch.platform.lock_table)["Items"]
    prefix = f"{launch.platform.state_bucket}/projects/{launch.identifier}/"
    return {
        item["LockID"]["S"].removeprefix(prefix): item for item in found if item["LockID"]["S"].startswith(prefix)
    }


def _branch(launch: Launch) -> str:
    (source,) = launch.inventory()["pipeline"]["stages"][0]["actions"]
    return str(source["configuration"]["BranchName"])


def _eventually(look: Callable[[], object], what: str) -> None:
    eventually(lambda: look() or None, LAUNCH_SECONDS, what)
