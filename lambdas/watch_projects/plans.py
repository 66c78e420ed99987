"""The builds that plan: started for a project, and counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from watch_projects.applied import Applied
from watch_projects.errors import BuildsUnavailable

if TYPE_CHECKING:
    CodeBuildClient = Any

_SWEEP = "DRIFT_SWEEP"
_PROJECT = "DRIFT_PROJECT"


@dataclass(frozen=True)
class Plan:
    """A build of a sweep."""

    build_id: str
    project_id: str
    sweep: str
    runs: bool


class Plans:
    """The CodeBuild project that runs ``runner.sh``, as far as drift is concerned."""

    def __init__(self, client: "CodeBuildClient", project: str) -> None:
        self._client = client
        self._project = project

    def start(self, sweep: str, project_id: str, applied: Applied) -> bool:
        """Start the plan of a project; False if CodeBuild takes no more builds for now.

        The same project and sweep within five minutes get the same build.

        Raises:
            BuildsUnavailable: CodeBuild refuses for another reason.

        """
        variables = {
            _SWEEP: sweep,
            _PROJECT: project_id,
            "ACTION": "plan",
            "RUNNER_SHA256": applied.runner_sha256,
            "SETTINGS_SHA256": applied.settings_sha256,
            "PARAMETERS": applied.parameters,
        }
        try:
            self._client.start_build(
                projectName=self._project,
                idempotencyToken=f"{project_id}-{sweep}",
                environmentVariablesOverride=[
                    {"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()
                ],
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "AccountLimitExceededException":
                return False
            raise self._unavailable(error) from error
        except BotoCoreError as error:
            raise self._unavailable(error) from error
        return True

    def since(self, earliest: datetime) -> list[Plan]:
        """The plans of sweeps among the builds since a time, newest first.

        Raises:
            BuildsUnavailable: CodeBuild cannot be asked.

        """
        found: list[Plan] = []
        try:
            pages = self._client.get_paginator("list_builds_for_project").paginate(
                projectName=self._project, sortOrder="DESCENDING"
            )
            for page in pages:
                ids = page.get("ids", [])
                builds = self._client.batch_get_builds(ids=ids)["builds"] if ids else []
                found += [plan for build in builds if (plan := _plan(build)) is not None]
                if not builds or min(build.get("startTime", earliest) for build in builds) < earliest:
                    break
        except (ClientError, BotoCoreError) as error:
            raise self._unavailable(error) from error
        return found

    def _unavailable(self, error: Exception) -> BuildsUnavailable:
        return BuildsUnavailable(f"The build {self._project}, which looks for drift, cannot be used: {error}")


def _plan(build: dict[str, Any]) -> Plan | None:
    variables = {item["name"]: item["value"] for item in build["environment"]["environmentVariables"]}
    if _SWEEP not in variables:
        return None
    runs = build["buildStatus"] == "IN_PROGRESS"
    return Plan(build["id"], variables.get(_PROJECT, ""), variables[_SWEEP], runs)
