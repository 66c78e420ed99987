"""Which pipelines a push or a pull request starts.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.githost.checkout import Checkout
from localcloud.services.codeconnections import store
from localcloud.services.codepipeline.engine import Engine
from localcloud.services.codepipeline.globs import passes
from localcloud.services.codepipeline.pipelines import Pipeline, Pipelines, everywhere
from localcloud.services.codepipeline.records import Trigger
from localcloud.services.codepipeline.structure import provider

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_PULL_EVENTS = {"opened": "OPEN", "updated": "UPDATED", "closed": "CLOSED"}


class Triggers:
    """Starts pipelines when the git host tells of a change."""

    def __init__(self, cloud: "Cloud", engine: Engine) -> None:
        self._cloud = cloud
        self._engine = engine

    def pushed(self, event: dict[str, Any]) -> None:
        """A branch moved."""
        if event["deleted"]:
            return

        def wanted(pipeline: Pipeline, action: dict[str, Any]) -> bool:
            filters = _git_filters(pipeline, action["name"])
            if filters is None:
                configuration = action["configuration"]
                detects = str(configuration.get("DetectChanges", "true")).lower() == "true"
                return detects and configuration["BranchName"] == event["branch"]
            return any(
                not item.get("tags")
                and passes(item.get("branches"), [event["branch"]])
                and (not item.get("filePaths") or passes(item["filePaths"], self._files(event)))
                for item in filters.get("push") or []
            ) or (not filters.get("push") and not filters.get("pullRequest"))

        self._start_all(event, wanted, event["commit"], event["branch"])

    def tagged(self, event: dict[str, Any]) -> None:
        """A tag was pushed."""
        if event["deleted"]:
            return

        def wanted(pipeline: Pipeline, action: dict[str, Any]) -> bool:
            filters = _git_filters(pipeline, action["name"]) or {}
            return any(
                item.get("tags") and passes(item["tags"], [event["tag"]]) for item in filters.get("push") or []
            )

        self._start_all(event, wanted, event["commit"], None)

    def pull_request_changed(self, event: dict[str, Any]) -> None:
        """A pull request was opened, got new commits, or was closed."""
        pull = event["pull"]

        def wanted(pipeline: Pipeline, action: dict[str, Any]) -> bool:
            filters = _git_filters(pipeline, action["name"]) or {}
            return any(
                _PULL_EVENTS[event["action"]] in (item.get("events") or list(_PULL_EVENTS.values()))
                and passes(item.get("branches"), [pull["base"]])
                for item in filters.get("pullRequest") or []
            )

        self._start_all(event, wanted, pull["shas"][pull["head"]], pull["head"])

    def _start_all(
        self,
        event: dict[str, Any],
        wanted: Callable[[Pipeline, dict[str, Any]], bool],
        commit: str,
        branch: str | None,
    ) -> None:
        for pipelines in everywhere():
            for pipeline in pipelines.all():
                for action in pipeline.definition["stages"][0]["actions"]:
                    if self._concerns(action, event["repository"]) and wanted(pipeline, action):
                        self._start(pipelines, pipeline, action, commit=commit, branch=branch)

    def _concerns(self, action: dict[str, Any], repository: str) -> bool:
        configuration = action["configuration"]
        if provider(action) != "CodeStarSourceConnection":
            return False
        if configuration["FullRepositoryId"].lower() != repository.lower():
            return False
        # The connection is what hears of changes: without it nobody tells the pipeline.
        connection = store.find(configuration["ConnectionArn"])
        return connection is not None and connection.status == "AVAILABLE"

    def _start(
        self,
        pipelines: Pipelines,
        pipeline: Pipeline,
        action: dict[str, Any],
        *,
        commit: str,
        branch: str | None,
    ) -> None:
        detail = {
            "connectionArn": action["configuration"]["ConnectionArn"],
            "fullRepositoryId": action["configuration"]["FullRepositoryId"],
            "commitId": commit,
        }
        self._engine.start(
            pipelines,
            pipeline,
            Trigger("WebhookV2", json.dumps(detail)),
            overrides={action["name"]: commit},
            branches={action["name"]: branch} if branch else {},
        )

    def _files(self, event: dict[str, Any]) -> list[str]:
        with tempfile.TemporaryDirectory(dir=self._cloud.folder("codepipeline")) as folder:
            checkout = Checkout(self._cloud, event["repository"])
            return checkout.changed_files(Path(folder) / "repository", event["before"], event["commit"])


def _git_filters(pipeline: Pipeline, action: str) -> dict[str, Any] | None:
    """The trigger of a source action, None when it has none."""
    for trigger in pipeline.definition.get("triggers") or []:
        configuration: dict[str, Any] = trigger["gitConfiguration"]
        if configuration["sourceActionName"] == action:
            return configuration
    return None
