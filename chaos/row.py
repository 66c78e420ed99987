"""What a row of the campaign's table is made of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from time import sleep

from chaos.faults import Fault
from chaos.project import Project, StuckError
from chaos.room import Room

COMMAND_DIED = r"LogicalResourceId : Project, .*Check cloud-init\.log in the LogGroup"
"""What is said of an instance's runner that died: the resource, and which log to read, in its words."""
BUILD_DIED = r"LogicalResourceId : Teardown, .*Log: /sagemaker-projects/(runner|teardown), stream [^\s.]+"
"""What is said of a build's runner that died: the resource, and the log by name."""
UNANSWERED = r"LogicalResourceId : Teardown, .*logs for requestId \[[0-9a-f-]{36}\]"
"""What CloudFormation says of a function that does not answer: the resource, and the request to look for."""
_DIED = {"create": COMMAND_DIED, "update": COMMAND_DIED, "delete": BUILD_DIED}
_PAUSE_SECONDS = 0.25
_PAUSES = 480


class Moment:
    """One fault's time: what was armed for one project, and how often it has happened.

    Attributes:
        chance: the campaign's, for this row and seed.
        struck: how often something happened that is no fault of the local cloud's list.

    """

    def __init__(self, project: Project, chance: Random) -> None:
        self.project = project
        self.chance = chance
        self.struck = 0
        self._armed: list[str] = []
        self._pauses = 0

    @property
    def room(self) -> Room:
        """Where the project is."""
        return self.project.room

    def arm(self, *faults: Fault) -> None:
        """Activate faults."""
        self._armed += [one["id"] for one in self.room.control.add(*faults)]

    def hits(self) -> int:
        """How often the faults have happened."""
        listed = self.room.control.listed()
        return self.struck + sum(one["hits"] for one in listed if one["id"] in self._armed)

    def idle(self) -> list[str]:
        """What was armed and has not happened."""
        listed = self.room.control.listed()
        return [_worded(one) for one in listed if one["id"] in self._armed and not one["hits"]]

    def pause(self) -> None:
        """Wait a moment.

        Raises:
            StuckError: there were too many of them.

        """
        self._pauses += 1
        if self._pauses > _PAUSES:
            raise StuckError("what was waited for did not come")
        sleep(_PAUSE_SECONDS)

    @staticmethod
    def fail(why: str) -> None:
        """End the row: what it needs could not be had.

        Raises:
            StuckError: always.

        """
        raise StuckError(why)

    def disarm(self) -> None:
        """Forget the faults."""
        for identifier in self._armed:
            self.room.control.clear(identifier)
        self._armed = []


def nobody_answers(moment: Moment) -> Iterator[None]:
    """The function has failed three times, and the stack would wait for an hour."""
    while moment.hits() < 3:
        yield
    moment.struck += len(moment.room.control.expire(kind="answer", stack=moment.project.stack))


def _worded(fault: Fault) -> str:
    about = fault.get("operation") or fault.get("matches") or fault.get("function") or fault.get("path", "")
    return f"{fault['kind']} at {about}"


@dataclass(frozen=True)
class Row:
    """One fault, and what is expected of it.

    Attributes:
        name: for ``--only``.
        what: what happens, for the table.
        faults: the faults that are armed before the operation is asked for.
        fails: whether the operation has to fail; None when either will do.
        tells: regular expression that is searched in the reason of a failure; without one, what is said of a
            runner that died, which is less than one says that lived.
        shows: regular expression that is searched in the log of the runs, however the operation ended.
        before: done before the operation is asked for.
        meanwhile: looks on while the operation runs, one step every half second.
        mend: what a person does before the next attempt.
        damages: whether it is the fault itself that makes the state unreadable.
        release: the one that an update asks for; without it the project stays on its own.
        afterwards: done when the deletion has succeeded; what it says is wrong.

    """

    name: str
    what: str
    faults: Callable[[Moment], Sequence[Fault]] = field(default=lambda _: ())
    fails: bool | None = None
    tells: str = ""
    shows: str = ""
    before: Callable[[Moment], None] = field(default=lambda _: None)
    meanwhile: Callable[[Moment], Iterator[None]] = field(default=lambda _: iter(()))
    mend: Callable[[Moment], None] = field(default=lambda _: None)
    damages: bool = False
    release: str | None = None
    afterwards: Callable[[Moment], Iterable[str]] = field(default=lambda _: ())

    @property
    def operation(self) -> str:
        """``create``, ``update`` or ``delete``."""
        return self.name.partition("/")[0]

    @property
    def expects(self) -> str:
        """Regular expression for what the person has to read when the operation fails."""
        return self.tells or _DIED[self.operation]
