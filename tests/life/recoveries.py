"""The story of a project whose state is damaged and then lost, and of what docs/operations.md has against that."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journey.world import Launch
from tests.life.damages import Damage, corrupted, missing, protected, unwritten, wrong
from tests.life.handbook import Handbook
from tests.life.runs import STATE, again, items

# Minutes; nobody would choose it.
TAMPERED = 78


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


def tell(launch: Launch, folder: Path) -> Recovered:
    """Tell it, of a project that is there."""
    book = Handbook(launch, folder)
    damages = missing(book), corrupted(book), wrong(book)
    rescued = unwritten(book)
    serial, put_back = launch.state()["serial"], _put_back(book)
    compared, refusal = again(book, "plan"), protected(launch)
    stored = _store(launch, folder)
    left = _stateless(book)
    return Recovered(launch, *damages, rescued, serial, put_back, compared, refusal, left, _nobodys(book, stored))


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
    return again(book, "apply")


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
    record = again(book, "destroy")
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
