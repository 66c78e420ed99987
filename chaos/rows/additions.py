"""Faults while something is made that the project has not: by a second release, or again because it was lost."""

import re
from collections.abc import Iterator

from chaos import evidence, orphans
from chaos.faults import Fault, dies_at_call, lost
from chaos.project import StuckError
from chaos.releases import ADDITION, FIRST, SECOND
from chaos.row import Moment, Row

_MAKE = ("logs", "CreateLogGroup")
_LEFT = re.compile(rf"release {re.escape(SECOND)}@[0-9a-f]{{12}}, run of \d{{4}}-\d\d-\d\dT\S+Z")
_EXISTS = r"terraform apply failed: creating CloudWatch Logs Log Group .*ResourceAlreadyExists"


def _named(end: str) -> dict[str, str]:
    return {"logGroupName": f"*-{end}"}


def _lost_addition(moment: Moment) -> Fault:
    return lost(moment.project.name, *_MAKE, _named(ADDITION))


def _remove(moment: Moment) -> None:
    """Somebody deletes the log group of the project's build; the next apply makes it again."""
    moment.room.engineer("logs").delete_log_group(logGroupName=f"/aws/codebuild/{moment.project.prefix}-build")


def _fail_to_upgrade(moment: Moment) -> None:
    """An update to the second release makes its log group and does not hear of it; the first one restores."""
    project = moment.project
    if project.release != FIRST:  # an earlier row has brought it to the second one
        _update(moment, FIRST, "UpdateCompleted")
    moment.arm(_lost_addition(moment))
    _update(moment, SECOND, "UpdateFailed")
    if not re.search(_EXISTS, project.reason()):
        moment.fail(f"the update failed for another reason: {project.reason()}")
    project.release = FIRST


def _update(moment: Moment, release: str, wanted: str) -> None:
    moment.project.update(release=release)
    ended = moment.project.wait()
    if ended != wanted:
        raise StuckError(f"the update to {release} ended with {ended}: {moment.project.reason()}")


def _what_is_left(moment: Moment) -> Iterator[str]:
    """The deletion says so, ``make orphans`` names it, and a person deletes it; whatever else is left is wrong."""
    project, room = moment.project, moment.room
    said = evidence.records(room, project.identifier)[-1]["left"]
    if len(said) != 1 or not _LEFT.fullmatch(said[0]):
        yield f"the run record names as left: {said}"
    named = [one for one in orphans.named(room) if one["project"] == project.identifier]
    if [one["name"].rpartition(":")[2] for one in named] != [project.addition]:
        yield f"make orphans names: {named}"
    if any(said[0] not in one["reason"] for one in named):
        yield f"make orphans does not say whose it is: {named}"
    room.engineer("logs").delete_log_group(logGroupName=project.addition)


UPDATES: tuple[Row, ...] = (
    Row(
        "update/addition-killed",
        "runner killed when it has made what only the second release has",
        lambda m: [dies_at_call(m.project.name, *_MAKE, _named(ADDITION), when="after")],
        fails=True,
        release=SECOND,
    ),
    Row(
        "update/repair-unheard",
        "a log group is made again, and the answer to that is lost",
        lambda m: [lost(m.project.name, *_MAKE, _named("build"))],
        before=_remove,
        fails=True,
        tells=_EXISTS,
    ),
)
DELETIONS: tuple[Row, ...] = (
    Row(
        "delete/after-a-lost-addition",
        "the second release has made something and not heard of it; the first one, back again, does not know it",
        before=_fail_to_upgrade,
        fails=False,
        afterwards=_what_is_left,
    ),
)

__all__ = ["DELETIONS", "UPDATES"]
