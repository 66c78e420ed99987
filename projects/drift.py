"""Looking for drift: a build plans each project with what was last applied, and leaves a run record."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from projects.platform import Platform, PlatformError, workers
from projects.records import Applied, Records, Run

_POLL_SECONDS = 5.0
_CLOCKS = timedelta(minutes=5)  # how far this machine's clock may be from the build's
_BATCH = 100  # BatchGetBuilds takes a hundred ids


@dataclass(frozen=True)
class Check:
    """A look at one project.

    Attributes:
        build: id of the CodeBuild build; None if none was started.
        trouble: why none was.

    """

    name: str
    project_id: str
    build: str | None
    trouble: str | None = None


@dataclass(frozen=True)
class Result:
    """What a look has found.

    Attributes:
        drift: None if the look failed.
        changed: addresses of what differs, at most fifty.
        reason: why it failed.

    """

    check: Check
    drift: bool | None
    changed: tuple[str, ...] = ()
    reason: str | None = None
    record: Run | None = None


def start(platform: Platform, projects: Sequence[tuple[str, str]]) -> list[Check]:
    """Start a look at each project; one build each.

    Args:
        platform: where they are.
        projects: name and id of each.

    Raises:
        PlatformError: package 1 is not the one that plans.

    """
    _require_plans(platform)
    with workers() as pool:
        return list(pool.map(lambda project: _start(platform, *project), projects))


def wait(
    platform: Platform,
    checks: Sequence[Check],
    *,
    seconds: float,
    pause: Callable[[float], None] = time.sleep,
    progress: Callable[[int], None] = lambda _left: None,
) -> list[Result]:
    """Wait until the builds have ended, and read what they have found.

    Args:
        platform: where they run.
        checks: what was started.
        seconds: how long to wait at most.
        pause: waits between two questions.
        progress: is told how many still run.

    """
    started = datetime.now(UTC) - _CLOCKS
    client = platform.client("codebuild")
    running = {check.build for check in checks if check.build}
    ended: dict[str, str] = {}
    waited = 0.0
    while running and waited <= seconds:
        for begin in range(0, len(running), _BATCH):
            ids = sorted(running)[begin : begin + _BATCH]
            for build in client.batch_get_builds(ids=ids)["builds"]:
                if build["buildStatus"] != "IN_PROGRESS":
                    ended[build["id"]] = build["buildStatus"]
        running -= ended.keys()
        progress(len(running))
        if running:
            pause(_POLL_SECONDS)
            waited += _POLL_SECONDS
    records = Records(platform)
    with workers() as pool:
        return list(pool.map(lambda check: _result(records, check, ended, started), checks))


def _require_plans(platform: Platform) -> None:
    """Refuse a build that does not know actions: it would destroy what it is to look at."""
    found = platform.client("codebuild").batch_get_projects(names=[platform.build])["projects"]
    if not found:
        raise PlatformError(f"There is no build {platform.build}: is package 1 applied, and under this name?")
    if "ACTION" not in found[0]["source"].get("buildspec", ""):
        raise PlatformError(
            f"The build {platform.build} can only destroy. Apply this version of package 1: make deploy"
        )


def _start(platform: Platform, name: str, project_id: str) -> Check:
    applied = Records(platform).applied(project_id)
    if applied is None:
        return Check(name, project_id, None, "nothing was applied, or by a release that did not write it down yet")
    # Names and base64 have no spaces; the build splits there again (service-catalog-setup/teardown/buildspec.yml).
    answer = platform.client("codebuild").start_build(
        projectName=platform.build,
        environmentVariablesOverride=[
            {"name": key, "value": value, "type": "PLAINTEXT"} for key, value in _variables(applied).items()
        ],
    )
    return Check(name, project_id, str(answer["build"]["id"]))


def _variables(applied: Applied) -> dict[str, str]:
    return {
        "ACTION": "plan",
        "RUNNER_SHA256": applied.runner_sha256,
        "SETTINGS_SHA256": applied.settings_sha256,
        "PARAMETERS": applied.parameters,
    }


def _result(records: Records, check: Check, ended: dict[str, str], started: datetime) -> Result:
    if check.build is None:
        return Result(check, None, reason=check.trouble)
    if check.build not in ended:
        return Result(check, None, reason=f"the build {check.build} still runs")
    found = [
        run
        for key in records.runs(check.project_id, since=started)
        if key.endswith("-plan.json") and (run := records.run(key))
    ]
    # A runner that does not say where it ran is older than this command; its newest record is the one.
    own = next((run for run in reversed(found) if run.holder in (f"codebuild/{check.build}", None)), None)
    if own is None:
        return Result(
            check, None, reason=f"the build {check.build} ended ({ended[check.build]}) without a run record"
        )
    if own.outcome != "succeeded":
        return Result(check, None, reason=own.reason or "no reason was written down", record=own)
    return Result(check, own.changes, own.changed, record=own)
