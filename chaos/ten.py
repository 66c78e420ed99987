"""Ten projects at the same time: created, updated and deleted, and none knows of the others."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from botocore.exceptions import BotoCoreError, ClientError

from chaos import evidence
from chaos.life import CHANGE, Outcome
from chaos.project import Project, StuckError
from chaos.room import Room

PROJECTS = 10


def run(room: Room, count: int = PROJECTS) -> Outcome:
    """Everybody asks for the same thing at once, three times."""
    outcome = Outcome("ten", f"{count} projects created, updated and deleted at the same time", hits=count)
    projects = [Project(room, f"ten-{number:03d}") for number in range(count)]
    begun = monotonic()
    try:
        with ThreadPoolExecutor(count, thread_name_prefix="ten") as pool:
            for step in (_create, _update, _delete):
                for found in pool.map(step, projects):
                    outcome.problems += found
    except (ClientError, BotoCoreError, StuckError) as error:
        outcome.problems.append(f"{type(error).__name__}: {error}")
    outcome.ended = ", ".join(sorted({project.status for project in projects}))
    outcome.commits = sum(evidence.commits(room, project.repository) for project in projects)
    if outcome.commits != count:
        outcome.problems.append(f"the repositories have {outcome.commits} commits")
    outcome.project = f"{count} projects"
    outcome.seconds = round(monotonic() - begun, 1)
    return outcome


def _create(project: Project) -> list[str]:
    project.create()
    if project.wait() != "CreateCompleted":
        return [f"{project.name}: {project.status}: {project.reason()}"]
    return _alone(project, archives=False)


def _update(project: Project) -> list[str]:
    # Every second one: the others must not change.
    if int(project.name[-1]) % 2:
        return []
    project.update(**CHANGE)
    if project.wait() != "UpdateCompleted":
        return [f"{project.name}: {project.status}: {project.reason()}"]
    return _alone(project, archives=True)


def _delete(project: Project) -> list[str]:
    found = [] if int(project.name[-1]) % 2 == 0 else _alone(project, archives=False)
    project.delete()
    if project.wait() != "DeleteCompleted":
        return [*found, f"{project.name}: {project.status}: {project.reason()}"]
    return found + [f"{project.name}: left: {one}" for one in evidence.left(project.room, project.identifier)]


def _alone(project: Project, *, archives: bool) -> list[str]:
    """Its state lists its own resources and nobody else's, and it is as it was asked to be."""
    stored = evidence.stored(project.room, project.identifier)
    found = stored.unsound()
    if project.archives() != archives:
        found.append(f"archives is {not archives}")
    records = evidence.records(project.room, project.identifier)
    found += [str(record["reason"]) for record in records if record["outcome"] != "succeeded"]
    others = evidence.identifiers(stored.state or b"") - {project.identifier}
    if others:
        found.append(f"its state names {', '.join(sorted(others))}")
    return [f"{project.name}: {one}" for one in found]
