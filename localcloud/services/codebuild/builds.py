"""The builds of one local cloud: queued, run at most a few at a time, kept."""

import copy
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from localcloud.responses import ServiceError
from localcloud.services.codebuild import notices
from localcloud.services.codebuild.build import Build, PipelineContext
from localcloud.services.codebuild.projects import Projects, check
from localcloud.services.codebuild.runner import BuildRunner

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

#: AWS starts a machine for every build; on this one, more than a few at once only slow each other down.
_AT_ONCE = 4
_TOKEN_SECONDS = 300.0

_OVERRIDES = {
    "sourceTypeOverride": ("source", "type"),
    "sourceLocationOverride": ("source", "location"),
    "buildspecOverride": ("source", "buildspec"),
    "gitCloneDepthOverride": ("source", "gitCloneDepth"),
    "sourceAuthOverride": ("source", "auth"),
    "environmentTypeOverride": ("environment", "type"),
    "imageOverride": ("environment", "image"),
    "computeTypeOverride": ("environment", "computeType"),
    "privilegedModeOverride": ("environment", "privilegedMode"),
    "artifactsOverride": ("artifacts",),
    "secondaryArtifactsOverride": ("secondaryArtifacts",),
    "cacheOverride": ("cache",),
    "serviceRoleOverride": ("serviceRole",),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
    "queuedTimeoutInMinutesOverride": ("queuedTimeoutInMinutes",),
    "encryptionKeyOverride": ("encryptionKey",),
    "logsConfigOverride": ("logsConfig",),
}


class CodeBuild:
    """The builds of a local cloud, and how they start."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._builds: OrderedDict[str, Build] = OrderedDict()
        self._tokens: dict[tuple[str, str, str], tuple[float, Build]] = {}

    def start(
        self,
        projects: Projects,
        request: dict[str, Any],
        *,
        initiator: str,
        pipeline: PipelineContext | None = None,
    ) -> Build:
        """Queue a build of a project; raises ServiceError."""
        token = (projects.account_id, projects.region, request.get("idempotencyToken") or "")
        if (known := self._by_token(token, request)) is not None:
            return known
        project = projects.get(request["projectName"])
        self._refuse_too_many(project)
        build = Build(
            project=overridden(project, request),
            number=projects.next_number(project["name"]),
            account_id=projects.account_id,
            region=projects.region,
            initiator=initiator,
            request=copy.deepcopy(request),
            pipeline=pipeline,
        )
        if build.project["source"]["type"] == "CODEPIPELINE" and pipeline is None:
            raise ServiceError(
                "InvalidInputException",
                "Source type CODEPIPELINE is for builds that a pipeline starts: use "
                "`aws codepipeline start-pipeline-execution`, or override the source.",
            )
        check(build.project)
        build.source_version = request.get("sourceVersion") or project.get("sourceVersion")
        if pipeline is not None:
            build.resolved_version = pipeline.revision
        build.begin("SUBMITTED")
        build.complete()
        build.begin("QUEUED")
        with self._lock:
            if (known := self._by_token(token, request)) is not None:
                return known
            self._builds[build.id] = build
            if token[-1]:
                self._tokens[token] = (time.monotonic(), build)
        self._cloud.spawn(f"build-{build.uuid}", self._run, build)
        return build

    def _by_token(self, token: tuple[str, str, str], request: dict[str, Any]) -> Build | None:
        """The build that a token has started in the last five minutes (API reference, StartBuild).

        Raises:
            ServiceError: it was another request.

        """
        begun, build = self._tokens.get(token, (0.0, None))
        if build is None or time.monotonic() - begun > _TOKEN_SECONDS:
            return None
        if build.request != request:
            raise ServiceError(
                "InvalidInputException",
                "Parameter mismatch: the idempotency token was used for a request with other parameters",
            )
        return build

    def find(self, build_id: str) -> Build | None:
        """A build by id or ARN."""
        return self._builds.get(build_id.rsplit("build/", 1)[-1])

    def get(self, build_id: str) -> Build:
        """A build; raises ResourceNotFoundException."""
        build = self.find(build_id)
        if build is None:
            raise ServiceError("ResourceNotFoundException", f"Build {build_id} cannot be found")
        return build

    def all(self, account_id: str, region: str) -> list[Build]:
        """All builds of an account in a region, oldest first."""
        with self._lock:
            return [
                item for item in self._builds.values() if (item.account_id, item.region) == (account_id, region)
            ]

    def stop(self, build: Build) -> None:
        """Ask a build to end, and end the command that it is at."""
        build.stop_requested.set()
        if (child := build.child) is not None:
            child.end(grace=1.0)

    def _refuse_too_many(self, project: dict[str, Any]) -> None:
        limit = project.get("concurrentBuildLimit")
        if limit is None or limit < 0:
            return
        active = [
            item for item in self._builds.values() if item.project["arn"] == project["arn"] and item.end is None
        ]
        if len(active) >= limit:
            raise ServiceError(
                "AccountLimitExceededException", f"Cannot have more than {limit} builds in queue for the project"
            )

    def _run(self, build: Build) -> None:
        deadline = time.monotonic() + build.project["queuedTimeoutInMinutes"] * 60
        while not self._slots.acquire(timeout=0.5):
            if build.stop_requested.is_set() or time.monotonic() > deadline or self._cloud.stopping:
                status = "STOPPED" if build.stop_requested.is_set() else "TIMED_OUT"
                build.complete(status)
                build.finish(status)
                return
        try:
            build.complete()
            notices.state_changed(self._cloud, build)
            BuildRunner(self._cloud, build).run()
        finally:
            self._slots.release()
        notices.state_changed(self._cloud, build)


def overridden(project: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """A project as StartBuild's overrides make it for one build."""
    effective = copy.deepcopy(project)
    for member, path in _OVERRIDES.items():
        if request.get(member) is None:
            continue
        target = effective
        for name in path[:-1]:
            target = target[name]
        target[path[-1]] = copy.deepcopy(request[member])
    variables = {item["name"]: item for item in effective["environment"]["environmentVariables"]}
    for item in request.get("environmentVariablesOverride") or []:
        variables[item["name"]] = {"type": "PLAINTEXT", **item}
    effective["environment"]["environmentVariables"] = list(variables.values())
    return effective


_SERVICES: WeakKeyDictionary["Cloud", CodeBuild] = WeakKeyDictionary()


def of(cloud: "Cloud") -> CodeBuild:
    """The CodeBuild of a local cloud."""
    found = _SERVICES.get(cloud)
    if found is None:
        found = _SERVICES[cloud] = CodeBuild(cloud)
    return found
