"""The story of a project two of whose updates are hindered: by somebody's lease, and by a death."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.faults.client import FaultClient
from tests.journey.world import Launch
from tests.life.handbook import Handbook
from tests.life.installation import Installation
from tests.life.runs import come_true, items
from tests.life.upgrades import FIRST

_LOCKS = "A lock that nobody holds"
PERSON = "host/ada@laptop"
NONCE = "a-nonce-of-adas"
LOCK = "99999999-8888-7777-6666-555555555555"
# Longer than anything here takes: what waits so long is dead before it goes on.
_HELD_SECONDS = 900


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


def tell(installation: Installation, folder: Path) -> Hindered:
    """Tell it; package 1 is applied with the first release."""
    launch = installation.platform.launch("unlucky", ArtifactBucketContents="keep").completed()
    folder.mkdir()
    return Hindered(launch, _waited(Handbook(launch, folder)), _terminated(launch))


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
    shown = book.do(_LOCKS, "--query Item\n")
    book.do(_LOCKS, "update-item")
    sign = items(launch)["owner"]["Interrupted"]["S"]
    book.do(_LOCKS, "delete-item", NONCE=shown["Nonce"]["S"])
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
        come_true(lambda: control.hits("in the middle"), "Terraform's change of the pipeline")
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


def _branch(launch: Launch) -> str:
    (source,) = launch.inventory()["pipeline"]["stages"][0]["actions"]
    return str(source["configuration"]["BranchName"])
