"""Build projects: what was asked for, with the defaults that CodeBuild fills in."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.iam.models import iam_backends

from localcloud.principals import trusts
from localcloud.responses import ServiceError

PRINCIPAL = "codebuild.amazonaws.com"

#: Members of CreateProject and UpdateProject that are kept as given.
_KEPT = (
    "description",
    "source",
    "secondarySources",
    "sourceVersion",
    "secondarySourceVersions",
    "artifacts",
    "secondaryArtifacts",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "tags",
    "vpcConfig",
    "logsConfig",
    "fileSystemLocations",
    "buildBatchConfig",
    "concurrentBuildLimit",
    "autoRetryLimit",
)
_LOCATED_SOURCES = (
    "CODECOMMIT",
    "GITHUB",
    "GITHUB_ENTERPRISE",
    "GITLAB",
    "GITLAB_SELF_MANAGED",
    "BITBUCKET",
    "S3",
)


class Projects(BaseBackend, TaggableResourcesMixin):
    """The projects of one account and region, kept as moto keeps its own: the tagging API finds them."""

    SERVICE_NAMESPACE = "codebuild"
    account_id: str

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.region = region_name
        self._projects: dict[str, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Make a project; raises ResourceAlreadyExistsException or InvalidInputException."""
        name = params["name"]
        if name in self._projects:
            raise ServiceError("ResourceAlreadyExistsException", f"Project already exists: {self.arn(name)}")
        now = datetime.now(UTC)
        project: dict[str, Any] = {
            "name": name,
            "arn": self.arn(name),
            "cache": {"type": "NO_CACHE"},
            "timeoutInMinutes": 60,
            "queuedTimeoutInMinutes": 480,
            "encryptionKey": f"arn:aws:kms:{self.region}:{self.account_id}:alias/aws/s3",
            "created": now,
            "badge": {"badgeEnabled": bool(params.get("badgeEnabled"))},
            "projectVisibility": "PRIVATE",
        }
        self._apply(project, params)
        self._projects[name] = project
        return project

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        """Change what is given; raises ResourceNotFoundException or InvalidInputException."""
        project = copy.deepcopy(self.get(params["name"]))
        self._apply(project, params)
        if "badgeEnabled" in params:
            project["badge"] = {"badgeEnabled": bool(params["badgeEnabled"])}
        self._projects[project["name"]] = project
        return project

    def find(self, name_or_arn: str) -> dict[str, Any] | None:
        """A project by name or ARN."""
        return self._projects.get(name_or_arn.rsplit("/", 1)[-1])

    def get(self, name_or_arn: str) -> dict[str, Any]:
        """A project; raises ResourceNotFoundException."""
        project = self.find(name_or_arn)
        if project is None:
            name = name_or_arn.rsplit("/", 1)[-1]
            raise ServiceError("ResourceNotFoundException", f"Project cannot be found: {self.arn(name)}")
        return project

    def delete(self, name_or_arn: str) -> None:
        """Remove a project; its builds stay, and a missing project is no error."""
        self._projects.pop(name_or_arn.rsplit("/", 1)[-1], None)

    def all(self) -> list[dict[str, Any]]:
        """Every project."""
        return list(self._projects.values())

    def next_number(self, name: str) -> int:
        """The number of a project's next build."""
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return self._numbers[name]

    def arn(self, name: str) -> str:
        """A project's ARN."""
        return f"arn:aws:codebuild:{self.region}:{self.account_id}:project/{name}"

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Every project, for the Resource Groups Tagging API."""
        for project in self.all():
            tags = {tag["key"]: tag["value"] for tag in project.get("tags", [])}
            yield TaggedResource(arn=project["arn"], tags=tags, resource_type="codebuild:project")

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Set tags, for the Resource Groups Tagging API."""
        project = self.get(arn)
        merged = {tag["key"]: tag["value"] for tag in project.get("tags", [])} | tags
        project["tags"] = [{"key": key, "value": value} for key, value in merged.items()]

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags, for the Resource Groups Tagging API."""
        project = self.get(arn)
        project["tags"] = [tag for tag in project.get("tags", []) if tag["key"] not in tag_keys]

    def _apply(self, project: dict[str, Any], params: dict[str, Any]) -> None:
        for member in _KEPT:
            if params.get(member) is not None:
                project[member] = copy.deepcopy(params[member])
        check(project)
        _fill_in(project)
        project["lastModified"] = datetime.now(UTC)


_PROJECTS = BackendDict(Projects, "codebuild")


def projects_of(account_id: str, region: str) -> Projects:
    """The projects of an account in a region."""
    found: Projects = _PROJECTS[account_id][region]
    return found


def check(project: dict[str, Any]) -> None:
    """Refuse what CodeBuild refuses; raises InvalidInputException."""
    source, artifacts = project["source"], project["artifacts"]
    if source["type"] in _LOCATED_SOURCES and not source.get("location"):
        raise _invalid(f"Source location is required for source type {source['type']}")
    if (source["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        raise _invalid(
            "Invalid artifacts: if the source type is CODEPIPELINE, the artifacts type must be, and vice versa"
        )
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise _invalid("Buildspec is required when source type is NO_SOURCE")
    if artifacts["type"] == "S3" and not artifacts.get("location"):
        raise _invalid("Artifacts location is required for artifacts type S3")
    role_arn = project["serviceRole"]
    role = _role(role_arn)
    if role is None or not trusts(role.assume_role_policy_document, PRINCIPAL):
        raise _invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on {role_arn}")


def _role(arn: str) -> Any:
    if not arn.startswith("arn:"):
        raise _invalid(f"Invalid service role: {arn}")
    roles = iam_backends[arn.split(":")[4]]["aws"].roles.values()
    return next((role for role in list(roles) if role.arn == arn), None)


def _fill_in(project: dict[str, Any]) -> None:
    environment = project["environment"]
    environment.setdefault("privilegedMode", False)
    environment.setdefault("imagePullCredentialsType", "CODEBUILD")
    for variable in environment.setdefault("environmentVariables", []):
        variable.setdefault("type", "PLAINTEXT")
    for source in (project["source"], *project.get("secondarySources", [])):
        source.setdefault("insecureSsl", False)
    for artifacts in (project["artifacts"], *project.get("secondaryArtifacts", [])):
        if artifacts["type"] == "CODEPIPELINE":
            artifacts.setdefault("name", project["name"])
        if artifacts["type"] != "NO_ARTIFACTS":
            artifacts.setdefault("packaging", "NONE")
        artifacts.setdefault("encryptionDisabled", False)
    logs = project.get("logsConfig")
    if logs:
        logs.setdefault("cloudWatchLogs", {"status": "ENABLED"})
        logs.setdefault("s3Logs", {"status": "DISABLED"})
        logs["s3Logs"].setdefault("encryptionDisabled", False)
    if not project.get("vpcConfig", {}).get("vpcId"):
        project.pop("vpcConfig", None)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)
