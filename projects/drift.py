"""Looking for drift: a build plans each project with what was last applied, and leaves a run record."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from projects.platform import Platform, PlatformError, workers
from projects.records import Applied, Records, Run

AT_ONCE = 3
"""Deletions wait in the same queue of CodeBuild, and give up after some minutes (docs/adr/0087)."""

_POLL_SECONDS = 5.0
_CLOCKS = timedelta(minutes=5)  # how far this machine's clock may be from the build's
_BATCH = 100  # BatchGetBuilds takes a hundred ids


@dataclass(frozen=True)
class Check:
    """A look at one project.

    Attributes:
        build: id of the CodeBuild build; None if none was started.
        trouble: why none was.
        begun: when it was started, by this machine's clock.

    """

    name: str
    project_id: str
    build: str | None
    trouble: str | None = None
    begun: datetime | None = None


@dataclass(frozen=True)
class Result:
    """What a look has found.

    Attributes:
        drift: None if the look failed, or there was none because a run was under way.
        changed: addresses of what differs, at most fifty.
        reason: why it is not known.

    """

    check: Check
    drift: bool | None
    changed: tuple[str, ...] = ()
    reason: str | None = None
    record: Run | None = None

    @property
    def skipped(self) -> bool:
        """Whether nobody looked, because a run was under way."""
        return self.record is not None and self.record.outcome == "skipped"


def start(
    platform: Platform,
    projects: Sequence[tuple[str, str]],
    *,
    seconds: float = 3600,
    pause: Callable[[float], None] = time.sleep,
    progress: Callable[[int], None] = lambda _left: None,
) -> list[Check]:
    """Start a look at each project, one build each and few at a time; returns when the last one has been started.

    Args:
        platform: where they are.
        projects: name and id of each.
        seconds: how long to wait for a turn at most, all projects together.
        pause: waits between two questions.
        progress: is told how many are still to be started.

    Raises:
        PlatformError: package 1 is not the one that plans.

    """
    _require_plans(platform)
    with workers() as pool:
        records = list(pool.map(Records(platform).applied, [identifier for _, identifier in projects]))
    turns = _Turns(platform, seconds, pause)
    checks: list[Check] = []
    for (name, identifier), applied in zip(projects, records, strict=True):
        progress(len(projects) - len(checks))
        if applied is None:
            words = "nothing was applied, or by a release that did not write it down yet"
            checks.append(Check(name, identifier, None, words))
        else:
            checks.append(turns.start(name, identifier, applied))
    return checks


class _Turns:
    """Starts builds, a few at a time."""

    def __init__(self, platform: Platform, seconds: float, pause: Callable[[float], None]) -> None:
        self._client = platform.client("codebuild")
        self._project = platform.build
        self._seconds = seconds
        self._pause = pause
        self._waited = 0.0
        self._running: set[str] = set()

    def start(self, name: str, identifier: str, applied: Applied) -> Check:
        """Start one as soon as there is room for it."""
        while True:
            full = len(self._running) >= AT_ONCE
            begun = datetime.now(UTC)
            if not full and (build := self._build(applied)):
                self._running.add(build)
                return Check(name, identifier, build, begun=begun)
            if self._waited >= self._seconds:
                why = (
                    "the builds before it had not ended"
                    if full
                    else "CodeBuild took no more builds (account limit)"
                )
                return Check(name, identifier, None, f"it could not be started: after {self._waited:.0f} s {why}")
            self._pause(_POLL_SECONDS)
            self._waited += _POLL_SECONDS
            self._running -= _ended(self._client, self._running).keys()

    def _build(self, applied: Applied) -> str | None:
        """The id of a new build; None if CodeBuild takes no more for now."""
        # Names and base64 have no spaces; service-catalog-setup/teardown/buildspec.yml splits there again.
        variables = [
            {"name": key, "value": value, "type": "PLAINTEXT"} for key, value in _variables(applied).items()
        ]
        try:
            answer = self._client.start_build(projectName=self._project, environmentVariablesOverride=variables)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "AccountLimitExceededException":
                return None
            raise
        return str(answer["build"]["id"])


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
    client = platform.client("codebuild")
    running = {check.build for check in checks if check.build}
    ended: dict[str, str] = {}
    waited = 0.0
    while running and waited <= seconds:
        ended |= _ended(client, running)
        running -= ended.keys()
        progress(len(running))
        if running:
            pause(_POLL_SECONDS)
            waited += _POLL_SECONDS
    records = Records(platform)
    with workers() as pool:
        return list(pool.map(lambda check: _result(records, check, ended), checks))


def _ended(client: Any, builds: set[str]) -> dict[str, str]:
    """Those that have ended, each with its status."""
    ids = sorted(builds)
    return {
        build["id"]: build["buildStatus"]
        for begin in range(0, len(ids), _BATCH)
        for build in client.batch_get_builds(ids=ids[begin : begin + _BATCH])["builds"]
        if build["buildStatus"] != "IN_PROGRESS"
    }


def _require_plans(platform: Platform) -> None:
    """Refuse a build that does not know actions: it would destroy what it is to look at."""
    found = platform.client("codebuild").batch_get_projects(names=[platform.build])["projects"]
    if not found:
        raise PlatformError(f"There is no build {platform.build}: is package 1 applied, and under this name?")
    if "ACTION" not in found[0]["source"].get("buildspec", ""):
        raise PlatformError(
            f"The build {platform.build} can only destroy. Apply this version of package 1: make deploy"
        )


def _variables(applied: Applied) -> dict[str, str]:
    return {
        "ACTION": "plan",
        "RUNNER_SHA256": applied.runner_sha256,
        "SETTINGS_SHA256": applied.settings_sha256,
        "PARAMETERS": applied.parameters,
    }


def _result(records: Records, check: Check, ended: dict[str, str]) -> Result:
    if check.build is None or check.begun is None:
        return Result(check, None, reason=check.trouble)
    if check.build not in ended:
        return Result(check, None, reason=f"the build {check.build} still runs")
    found = [
        run
        for key in records.runs(check.project_id, since=check.begun - _CLOCKS)
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
