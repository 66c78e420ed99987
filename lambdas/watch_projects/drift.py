"""A sweep: every project is planned once, a few at a time.

Deletions wait in the same queue of CodeBuild as plans, and give up after some minutes. So a sweep starts few
plans, and each one that ends starts the next. How far a sweep is, the builds themselves tell: nothing is kept.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from watch_projects.applied import Applied
from watch_projects.bucket import StateBucket
from watch_projects.errors import BuildsUnavailable
from watch_projects.plans import Plan, Plans

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
"""A sweep is called by its start, so that the newest is the greatest."""
_LONGEST = timedelta(days=2)
"""A sweep that is older has been given up."""


@dataclass
class Progress:
    """What one invocation did."""

    outcome: str
    started: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


class Sweeps:
    """Begins sweeps, and carries them on."""

    def __init__(self, bucket: StateBucket, plans: Plans, at_once: int, log: "Logger") -> None:
        self._bucket = bucket
        self._plans = plans
        self._at_once = at_once
        self._log = log

    def begin(self, time: datetime) -> Progress:
        """Start the first plans of a sweep, unless another one is still under way.

        Raises:
            UsageUnknown, BuildsUnavailable: the projects or the builds cannot be read, or no build starts.

        """
        sweep = time.astimezone(UTC).strftime(_FORMAT)
        plans = self._plans.since(time - _LONGEST)
        if any(plan.runs and plan.sweep != sweep for plan in plans):
            self._log.info("The sweep before is still under way; it goes on.")
            return Progress("under way")
        return self._carry_on(sweep, plans, ended=None)

    def carry_on(self, build_id: str) -> Progress:
        """Start the next plans of the sweep that a build belonged to.

        Args:
            build_id: the build that has ended, as ARN or id.

        Raises:
            UsageUnknown, BuildsUnavailable: the projects or the builds cannot be read, or no build starts.

        """
        build_id = build_id.rsplit("/", 1)[-1]
        plans = self._plans.since(datetime.now(UTC) - _LONGEST)
        if build_id not in {plan.build_id for plan in plans}:
            return Progress("ignored")
        newest = max(plan.sweep for plan in plans)
        return self._carry_on(newest, plans, ended=build_id)

    def _carry_on(self, sweep: str, plans: list[Plan], ended: str | None) -> Progress:
        # Projects come in the order of their ids, so the last one started says where the sweep is.
        reached = max((plan.project_id for plan in plans if plan.sweep == sweep), default="")
        running = sum(plan.runs and plan.build_id != ended for plan in plans)
        progress = Progress("ended")
        for project_id in self._bucket.project_ids():
            if project_id <= reached:
                continue
            if running + len(progress.started) >= self._at_once:
                progress.outcome = "started"
                break
            applied = self._bucket.applied(project_id)
            if applied is None:
                continue
            if not isinstance(applied, Applied):
                self._log.error(applied.why)
                progress.unreadable.append(project_id)
                continue
            if not self._plans.start(sweep, project_id, applied):
                return self._wait(progress, running)
            progress.started.append(project_id)
        self._log.info("Plans are started.", extra={"sweep": sweep, "projects": progress.started})
        return progress

    def _wait(self, progress: Progress, running: int) -> Progress:
        if not running and not progress.started:
            # Nothing would carry the sweep on; Lambda asks again, twice.
            raise BuildsUnavailable("CodeBuild takes no build now: the account's limit of builds is reached.")
        self._log.warning("CodeBuild takes no more builds now; the next one that ends carries the sweep on.")
        progress.outcome = "started"
        return progress
