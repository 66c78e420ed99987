"""Ten projects at the same time: created, updated and deleted, and each is as if it were alone.

One more is made alone before, to compare with. From then on nobody waits for everybody: one project is created
while another one is updated or deleted.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from threading import Event
from time import monotonic

from botocore.exceptions import BotoCoreError, ClientError

from chaos import evidence, picture
from chaos.life import CHANGE
from chaos.outcome import Outcome
from chaos.picture import Picture
from chaos.project import Project, StuckError
from chaos.room import Room

PROJECTS = 10
_KINDS = ("create", "update", "delete")
_NEIGHBOUR_SECONDS = 1500.0


@dataclass(frozen=True)
class Spell:
    """How long something was done to a project."""

    project: str
    kind: str
    begun: float
    ended: float


def overlaps(spells: list[Spell]) -> dict[tuple[str, str], int]:
    """How often two different things were done to two projects at the same time, by what they were."""
    counted = dict.fromkeys(combinations(_KINDS, 2), 0)
    for one, other in combinations(sorted(spells, key=lambda spell: _KINDS.index(spell.kind)), 2):
        together = one.begun < other.ended and other.begun < one.ended
        if one.kind != other.kind and one.project != other.project and together:
            counted[one.kind, other.kind] += 1
    return counted


class Ten:
    """The projects and what is seen of them.

    Args:
        room: where.
        count: how many beside the one that is made alone.

    """

    def __init__(self, room: Room, count: int) -> None:
        self.projects = [Project(room, f"ten-{number:03d}") for number in range(count)]
        self.spells: list[Spell] = []
        self._alone = Project(room, "ten-one")
        self._pictures: dict[str, Picture] = {}
        self._leaving = [Event() for _ in self.projects]

    def alone(self) -> list[str]:
        """Make one, and change it as the others will be: that is how they have to look."""
        if found := self._made(self._alone):
            return _of(self._alone, found)
        self._pictures["create"] = picture.take(self._alone)
        if found := self._changed(self._alone, "alone", archives=True):
            return _of(self._alone, found)
        self._pictures["update"] = picture.take(self._alone)
        commits = [self._pictures[step].commits for step in ("create", "update")]
        # One seed for each branch that it was told to follow.
        return [] if commits == [1, 2] else _of(self._alone, [f"its repository has had {commits} commits"])

    def leave(self) -> list[str]:
        """The one that was made alone is changed again and deleted, while the others are made."""
        found = self._changed(self._alone, "again", archives=True)
        return _of(self._alone, found or self._deleted(self._alone))

    def live(self, number: int) -> list[str]:
        """One project's life; every second one is updated when its neighbour begins to be deleted."""
        project, archives = self.projects[number], number % 2 == 0
        try:
            found = self._made(project) or self._like(project, "create", "main", archives=False)
            if number % 2:
                self._leaving[number - 1].wait(_NEIGHBOUR_SECONDS)
            found = found or self._changed(project, f"team-{number}", archives=archives)
            found = found or self._like(project, "update", f"team-{number}", archives=archives)
            self._leaving[number].set()
            found += self._deleted(project)
        except (ClientError, BotoCoreError, StuckError) as error:
            found = [f"{type(error).__name__}: {error}"]
        finally:
            self._leaving[number].set()
        return _of(project, found)

    def _made(self, project: Project) -> list[str]:
        with self._spell(project, "create"):
            project.create()
            return _ended(project, "CreateCompleted")

    def _changed(self, project: Project, branch: str, *, archives: bool) -> list[str]:
        with self._spell(project, "update"):
            project.update(GitBranchName=branch, **(CHANGE if archives else {}))
            return _ended(project, "UpdateCompleted")

    def _deleted(self, project: Project) -> list[str]:
        with self._spell(project, "delete"):
            project.delete()
            wrong = _ended(project, "DeleteCompleted")
        return wrong or [f"left: {one}" for one in evidence.left(project.room, project.identifier)]

    def _like(self, project: Project, step: str, branch: str, *, archives: bool) -> list[str]:
        """It is as it was asked to be, its state is its own, and it looks like the one made alone."""
        stored = evidence.stored(project.room, project.identifier)
        found = stored.unsound()
        if project.archives() != archives:
            found.append(f"archives is {not archives}")
        if (delivers := project.branch()) != branch:
            found.append(f"its pipeline follows {delivers} instead of {branch}")
        records = evidence.records(project.room, project.identifier)
        found += [str(record["reason"]) for record in records if record["outcome"] != "succeeded"]
        others = evidence.identifiers(stored.state or b"") - {project.identifier}
        if others:
            found.append(f"its state names {', '.join(sorted(others))}")
        return found + picture.take(project).differences(self._pictures[step])

    @contextmanager
    def _spell(self, project: Project, kind: str) -> Iterator[None]:
        begun = monotonic()
        yield
        self.spells.append(Spell(project.name, kind, begun, monotonic()))


def run(room: Room, count: int = PROJECTS) -> Outcome:
    """Everybody asks at once, and goes on as soon as the own project is ready."""
    outcome = Outcome("ten", f"{count} projects created, updated and deleted at the same time")
    ten = Ten(room, count)
    begun = monotonic()
    try:
        outcome.problems += ten.alone()
        if not outcome.problems:
            with ThreadPoolExecutor(count + 1, thread_name_prefix="ten") as pool:
                leaving = pool.submit(ten.leave)
                for found in pool.map(ten.live, range(count)):
                    outcome.problems += found
                outcome.problems += leaving.result()
    except (ClientError, BotoCoreError, StuckError) as error:
        outcome.problems.append(f"{type(error).__name__}: {error}")
    together = overlaps(ten.spells)
    outcome.hits = sum(together.values())
    outcome.problems += [f"{one} and {other} never overlapped" for (one, other), n in together.items() if not n]
    outcome.ended = ", ".join(sorted({project.status for project in ten.projects}))
    outcome.commits = sum(evidence.commits(room, project.repository) for project in ten.projects)
    outcome.project = f"{count} projects"
    outcome.seconds = round(monotonic() - begun, 1)
    return outcome


def _ended(project: Project, wanted: str) -> list[str]:
    return [] if project.wait() == wanted else [f"{project.status}: {project.reason()}"]


def _of(project: Project, found: list[str]) -> list[str]:
    return [f"{project.name}: {one}" for one in found]
