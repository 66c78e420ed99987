"""The story: who asks, and what is answered."""

from typing import Any

from watch_projects.bucket import StateBucket
from watch_projects.catalog import Catalog
from watch_projects.drift import Progress, Sweeps
from watch_projects.errors import HistoryLeft, ProjectsExist, StillProtected
from watch_projects.events import BuildEnded, Guard, Scheduled, UsageQuery
from watch_projects.usage import Usage, usage

_MOST_NAMED = 50


class WatchService:
    """Works on one event; the result is what Lambda answers."""

    def __init__(self, *, bucket: StateBucket, catalog: Catalog, sweeps: Sweeps, installation_key: str) -> None:
        self._bucket = bucket
        self._catalog = catalog
        self._sweeps = sweeps
        self._installation_key = installation_key

    def handle(self, event: Guard | UsageQuery | Scheduled | BuildEnded) -> dict[str, Any]:
        """Answer an event.

        Raises:
            DestroyRefused: package 1 must not be destroyed now.
            UsageUnknown: which projects exist cannot be known.
            BuildsUnavailable: no plan could be started.

        """
        match event:
            case Guard():
                return self._guard(event)
            case UsageQuery():
                return {"outcome": "answered", **self._usage().model_dump()}
            case Scheduled():
                return _told(self._sweeps.begin(event.time))
            case BuildEnded():
                return _told(self._sweeps.carry_on(event.detail.build_id))

    def _guard(self, guard: Guard) -> dict[str, Any]:
        # Terraform keeps the answer: it must be the same every time.
        if guard.tf.action != "delete":
            return {"outcome": "guarding"}
        projects = self._usage().projects
        if projects:
            named = "; ".join(map(str, projects[:_MOST_NAMED]))
            more = f"; and {len(projects) - _MOST_NAMED} more" if len(projects) > _MOST_NAMED else ""
            raise ProjectsExist(
                f"Nothing was destroyed: {len(projects)} project(s) exist, and without this package they could be "
                f"neither updated nor deleted: {named}{more}. Delete them first, for example: aws sagemaker "
                "delete-project --project-name NAME."
            )
        if guard.deletion_protection:
            raise StillProtected(
                "Nothing was destroyed: deletion_protection is on. Set deletion_protection = false, apply, then "
                "destroy."
            )
        self._history(guard)
        return {"outcome": "released"}

    def _history(self, guard: Guard) -> None:
        leftovers = self._bucket.leftovers()
        foreign = [folder for folder in leftovers if folder != "projects/"]
        if foreign:
            raise HistoryLeft(
                f"Nothing was destroyed: the bucket {self._bucket.name} holds {', '.join(foreign)}, which is no "
                "project's. Move it first; Terraform's own state with: terraform init -migrate-state."
            )
        if leftovers and not guard.delete_history:
            raise HistoryLeft(
                f"Nothing was destroyed: the bucket {self._bucket.name} holds run records and old states of "
                "deleted projects under projects/. Set delete_history = true to let them go with it, apply, then "
                "destroy."
            )

    def _usage(self) -> Usage:
        return usage(self._bucket, self._catalog, self._bucket.installation(self._installation_key))


def _told(progress: Progress) -> dict[str, Any]:
    return {"outcome": progress.outcome, "started": progress.started, "unreadable": progress.unreadable}
