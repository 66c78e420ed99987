"""Runs by hand as docs/operations.md has them, and what the lock table says of a project."""

from collections.abc import Callable
from typing import Any

from tests.journey.clients import eventually
from tests.journey.world import LAUNCH_SECONDS, Launch
from tests.life.handbook import Handbook

STATE = "A damaged state"
NOBODY = "How projects are"


def again(book: Handbook, action: str) -> dict[str, Any]:
    """Plan, apply or destroy once more, as the document says; the run record."""
    known = len(book.launch.run_records(action))
    chapter = NOBODY if action == "destroy" else STATE
    build = book.do(chapter, f"again {action}")["build"]["id"]
    codebuild = book.launch.platform.watcher("codebuild")
    come_true(
        lambda: codebuild.batch_get_builds(ids=[build])["builds"][0]["buildStatus"] != "IN_PROGRESS",
        f"the end of again {action}",
    )
    records = book.launch.run_records(action)
    assert len(records) == known + 1
    return records[-1]


def items(launch: Launch) -> dict[str, dict[str, dict[str, str]]]:
    """The project's items in the lock table, by the last part of their key."""
    found = launch.platform.engineer("dynamodb", "scan", "--table-name", launch.platform.lock_table)["Items"]
    prefix = f"{launch.platform.state_bucket}/projects/{launch.identifier}/"
    return {
        item["LockID"]["S"].removeprefix(prefix): item for item in found if item["LockID"]["S"].startswith(prefix)
    }


def come_true(look: Callable[[], object], what: str) -> None:
    """Wait for as long as a launch may take."""
    eventually(lambda: look() or None, LAUNCH_SECONDS, what)
