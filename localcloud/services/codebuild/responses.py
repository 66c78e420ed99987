"""The operations on projects and builds."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from localcloud.responses import LocalResponse, ServiceError, operations
from localcloud.services.codebuild import builds
from localcloud.services.codebuild.projects import Projects, projects_of

_PAGE = 100
_SORT_KEYS = {"NAME": "name", "CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}


@operations("codebuild")
class ProjectResponse(LocalResponse):
    """Projects."""

    def create_project(self) -> ActionResult:
        """CreateProject."""
        return ActionResult({"project": self._projects().create(self.params)})

    def update_project(self) -> ActionResult:
        """UpdateProject."""
        return ActionResult({"project": self._projects().update(self.params)})

    def batch_get_projects(self) -> ActionResult:
        """BatchGetProjects."""
        found = {name: self._projects().find(name) for name in self.params["names"]}
        return ActionResult(
            {
                "projects": [project for project in found.values() if project is not None],
                "projectsNotFound": [name for name, project in found.items() if project is None],
            }
        )

    def list_projects(self) -> ActionResult:
        """ListProjects."""
        key = _SORT_KEYS[self.params.get("sortBy") or "NAME"]
        projects = sorted(self._projects().all(), key=lambda project: project[key])
        names = [project["name"] for project in projects]
        if self.params.get("sortOrder") == "DESCENDING":
            names.reverse()
        return ActionResult(_page(self.params, "projects", names))

    def delete_project(self) -> ActionResult:
        """DeleteProject."""
        self._projects().delete(self.params["name"])
        return EmptyResult()

    def _projects(self) -> Projects:
        return projects_of(self.current_account, self.region)


@operations("codebuild")
class BuildResponse(LocalResponse):
    """Builds."""

    def start_build(self) -> ActionResult:
        """StartBuild."""
        service = builds.of(self.cloud)
        projects = projects_of(self.current_account, self.region)
        build = service.start(projects, dict(self.params), initiator=self._initiator())
        return ActionResult({"build": build.shape()})

    def retry_build(self) -> ActionResult:
        """RetryBuild: the same build again, with the project as it is now."""
        service = builds.of(self.cloud)
        old = service.get(self.params["id"])
        request = {key: value for key, value in old.request.items() if key != "idempotencyToken"}
        projects = projects_of(self.current_account, self.region)
        build = service.start(projects, request, initiator=self._initiator(), pipeline=old.pipeline)
        return ActionResult({"build": build.shape()})

    def stop_build(self) -> ActionResult:
        """StopBuild."""
        service = builds.of(self.cloud)
        build = service.get(self.params["id"])
        service.stop(build)
        return ActionResult({"build": build.shape()})

    def batch_get_builds(self) -> ActionResult:
        """BatchGetBuilds."""
        service = builds.of(self.cloud)
        found = {build_id: service.find(build_id) for build_id in self.params["ids"]}
        return ActionResult(
            {
                "builds": [build.shape() for build in found.values() if build is not None],
                "buildsNotFound": [build_id for build_id, build in found.items() if build is None],
            }
        )

    def list_builds(self) -> ActionResult:
        """ListBuilds: newest first unless asked otherwise."""
        return ActionResult(_page(self.params, "ids", self._ids(None)))

    def list_builds_for_project(self) -> ActionResult:
        """ListBuildsForProject."""
        name = self.params["projectName"]
        projects = projects_of(self.current_account, self.region)
        ids = self._ids(name)
        if not ids:
            projects.get(name)
        return ActionResult(_page(self.params, "ids", ids))

    def _ids(self, project: str | None) -> list[str]:
        found = builds.of(self.cloud).all(self.current_account, self.region)
        ids = [build.id for build in found if project in (None, build.project["name"])]
        return ids if self.params.get("sortOrder") == "ASCENDING" else ids[::-1]

    def _initiator(self) -> str:
        return self.caller.arn.split(":", 5)[-1].removeprefix("assumed-role/").removeprefix("user/")


def _page(params: dict[str, Any], name: str, items: list[str]) -> dict[str, Any]:
    token = params.get("nextToken") or "0"
    if not token.isdigit():
        raise ServiceError("InvalidInputException", "Invalid next token")
    start = int(token)
    page: dict[str, Any] = {name: items[start : start + _PAGE]}
    if start + _PAGE < len(items):
        page["nextToken"] = str(start + _PAGE)
    return page
