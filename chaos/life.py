"""A project's life with up to three faults in it: at its creation, at an update, and at its deletion.

After each fault a person does what anybody would do (update again, delete and create again, delete again), and the
project has to stand there, or be gone, as if nothing had happened.
"""

import re
from collections.abc import Iterator
from random import Random
from time import monotonic
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chaos import evidence
from chaos.outcome import Outcome
from chaos.project import Project, StuckError
from chaos.room import Room
from chaos.row import Moment, Row

CHANGE = {"GitRepository": "archive"}
"""What the campaign's updates ask for: it changes the project's function, and its deletion."""
_STANDING_STILL = ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE")
_BACK = "UPDATE_ROLLBACK_FAILED"


class Life:
    """One project and its faults.

    Args:
        room: where it lives.
        name: of the project; all of a campaign's are equally long.
        rows: at most one for each operation.
        seed: of the campaign.

    """

    def __init__(self, room: Room, name: str, rows: dict[str, Row], seed: int) -> None:
        self._room = room
        self._rows = rows
        self._seed = seed
        self._project = Project(room, name)
        self._steps = {"create": self._create, "update": self._update, "delete": self._delete}

    def run(self) -> Iterator[Outcome]:
        """Live it; a row's outcome as soon as it is known. What comes after one that went wrong is not reached."""
        broken = ""
        for operation, step in self._steps.items():
            row = self._rows.get(operation)
            if row is None and operation == "update":
                continue
            outcome = Outcome(row.name if row else f"{operation}/plain", row.what if row else "nothing happens")
            if broken:
                outcome.problems.append(f"not reached: {broken}")
            else:
                self._try(step, row, outcome)
                if outcome.problems:
                    broken = f"{outcome.row} went wrong"
            if row is not None or outcome.problems:
                yield outcome

    def _try(self, step: Any, row: Row | None, outcome: Outcome) -> None:
        begun = monotonic()
        moment = Moment(self._project, Random(f"{self._seed}/{outcome.row}"))  # noqa: S311 - repeatable on purpose  # nosec B311 - the same
        try:
            step(row, moment, outcome)
        except (ClientError, BotoCoreError, StuckError) as error:
            outcome.problems.append(f"{type(error).__name__}: {error}")
        finally:
            moment.disarm()
        outcome.seconds = round(monotonic() - begun, 1)

    def _create(self, row: Row | None, moment: Moment, outcome: Outcome) -> None:
        if row is None:
            self._project.create()
            self._end("CreateCompleted")
            return
        moment.arm(*row.faults(moment))
        self._project.create()
        ended = self._watch(row, moment, outcome)
        if ended != "CreateCompleted":
            self._nothing_stands(outcome)
            row.mend(moment)
            self._project.delete()
            self._end("DeleteCompleted")
            self._gone(outcome)
            self._project.create()
            self._end("CreateCompleted")
        self._stands(outcome)

    def _update(self, row: Row | None, moment: Moment, outcome: Outcome) -> None:
        if row is None:
            return
        row.before(moment)
        moment.arm(*row.faults(moment))
        before = self._project.release
        self._project.update(release=row.release, **CHANGE)
        ended = self._watch(row, moment, outcome)
        if ended != "UpdateCompleted":
            row.mend(moment)
            if self._project.stack_status() == _BACK:
                self._go_back(outcome)
            if self._project.archives():
                outcome.problems.append("the failed update was not taken back")
            if row.release and (applied := self._project.applied()["release"]) != before:
                outcome.problems.append(f"the project went back to release {applied}")
            self._project.update(release=row.release, **CHANGE)
            self._end("UpdateCompleted")
        if row.release and not self._project.has_addition():
            outcome.problems.append(f"the project lacks what release {row.release} makes")
        if not self._project.archives():
            outcome.problems.append("the update has changed nothing")
        self._stands(outcome)

    def _delete(self, row: Row | None, moment: Moment, outcome: Outcome) -> None:
        if row is None:
            self._project.delete()
            self._end("DeleteCompleted")
            self._gone(outcome)
            return
        row.before(moment)
        moment.arm(*row.faults(moment))
        self._project.delete()
        if self._watch(row, moment, outcome) != "DeleteCompleted":
            row.mend(moment)
            self._project.delete()
            self._end("DeleteCompleted")
        outcome.problems += row.afterwards(moment)
        self._gone(outcome)
        self._count(outcome)

    def _watch(self, row: Row, moment: Moment, outcome: Outcome) -> str:
        """Wait for the end of what the fault was about, and look at what it has left."""
        looking_on = row.meanwhile(moment)
        ended = self._project.wait(lambda: next(looking_on, None))
        outcome.project, outcome.ended = self._project.identifier, ended
        outcome.hits = moment.hits()
        idle = moment.idle()
        moment.disarm()
        if not outcome.hits or idle:
            outcome.problems.append(f"the fault did not happen: {', '.join(idle) or 'none was armed'}")
        failed = not ended.endswith("Completed")
        if row.fails is not None and failed != row.fails:
            outcome.problems.append(f"it ended with {ended}: {self._project.reason()[:600]}")
        if failed:
            outcome.reason = self._project.reason()
            outcome.told = re.search(row.expects, outcome.reason) is not None
            if not outcome.told:
                outcome.problems.append(f"the person reads only: {outcome.reason[:600] or 'nothing'}")
            if running := evidence.instances(self._room, self._project.stack):
                outcome.problems.append(f"still there: {', '.join(running)}")
        if row.shows and not re.search(row.shows, evidence.log(self._room, self._project.identifier)):
            outcome.problems.append(f"the log does not say: {row.shows}")
        if not row.damages and (wrong := evidence.stored(self._room, self._project.identifier).unreadable()):
            outcome.readable = False
            outcome.problems += wrong
        return ended

    def _nothing_stands(self, outcome: Outcome) -> None:
        """A creation that failed has cleaned up after itself, unless its stack says that it could not."""
        if self._project.stack_status() in _STANDING_STILL:
            self._none_left(outcome, "after the failure")

    def _go_back(self, outcome: Outcome) -> None:
        """What docs/operations.md says about UPDATE_ROLLBACK_FAILED."""
        self._room.engineer("cloudformation").continue_update_rollback(StackName=self._project.stack)
        deadline = monotonic() + 240.0
        while (status := self._project.stack_status()).endswith("IN_PROGRESS") and monotonic() < deadline:
            self._project.pause()
        if status != "UPDATE_ROLLBACK_COMPLETE":
            outcome.problems.append(f"the stack did not go back: {status}")

    def _end(self, wanted: str) -> None:
        """Wait for an operation that nothing disturbs any more."""
        ended = self._project.wait()
        if ended != wanted:
            raise StuckError(f"the next attempt ended with {ended}: {self._project.reason()[:900]}")

    def _stands(self, outcome: Outcome) -> None:
        wrong = evidence.stored(self._room, self._project.identifier).unsound()
        if wrong:
            outcome.readable = False
            outcome.problems += wrong
        self._count(outcome)

    def _gone(self, outcome: Outcome) -> None:
        self._none_left(outcome, "after the deletion")
        if running := evidence.instances(self._room, self._project.stack):
            outcome.problems.append(f"still there: {', '.join(running)}")
        if (status := self._project.stack_status()) != "DELETE_COMPLETE":
            outcome.problems.append(f"the stack is {status}")

    def _none_left(self, outcome: Outcome, when: str) -> None:
        if found := evidence.left(self._room, self._project.identifier):
            outcome.left += found
            outcome.problems.append(f"{when} there is still: {', '.join(found)}")

    def _count(self, outcome: Outcome) -> None:
        outcome.commits = evidence.commits(self._room, self._project.repository)
        if outcome.commits != 1:
            outcome.problems.append(f"the repository has {outcome.commits} commits")
