"""Getting a build's source: from the pipeline's artifacts, a bucket or a repository."""

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from iam.request import Context
from localcloud.archives import unpack
from localcloud.githost.checkout import Checkout, CheckoutError
from localcloud.principals import AccessDeniedError
from localcloud.services.codebuild.build import Build, Location

if TYPE_CHECKING:
    from localcloud.cloud import Cloud
    from localcloud.service_role import ServiceRole

_GIT_SOURCES = ("GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "BITBUCKET")
#: The one file in an artifact of a source action that leaves cloning to the build.
CLONE_REFERENCE = "codepipeline-clone-reference.json"


class SourceError(Exception):
    """The source cannot be had; the message is what CodeBuild shows."""


class Sources:
    """Fetches the sources of one build into a folder."""

    def __init__(self, cloud: "Cloud", build: Build, role: "ServiceRole", folder: Path) -> None:
        self._cloud = cloud
        self._build = build
        self._role = role
        self._folder = folder

    def fetch(self) -> tuple[Path, dict[str, Path]]:
        """The primary source's folder and the secondary ones' by name; raises SourceError."""
        primary = self._folder / "src"
        primary.mkdir(parents=True)
        source = self._build.project["source"]
        if source["type"] == "CODEPIPELINE":
            return primary, self._from_pipeline(primary)
        if source["type"] == "S3":
            bucket, _, key = source["location"].partition("/")
            self._download(Location(bucket, key), primary)
        elif source["type"] in _GIT_SOURCES:
            self._clone(source["location"], self._build.source_version, primary)
        elif source["type"] != "NO_SOURCE":
            raise SourceError(f"The local cloud has no source type {source['type']}")
        return primary, {}

    def _from_pipeline(self, primary: Path) -> dict[str, Path]:
        pipeline = self._build.pipeline
        if pipeline is None:
            raise SourceError(
                "CODEPIPELINE must be used with CodePipeline: this project is built by its pipeline only"
            )
        secondary = {}
        for index, (name, location) in enumerate(pipeline.inputs.items()):
            folder = primary if index == 0 else self._folder / f"src-{name}"
            folder.mkdir(exist_ok=True)
            self._download(location, folder)
            reference = folder / CLONE_REFERENCE
            if reference.exists():
                self._clone_for_pipeline(json.loads(reference.read_text(encoding="utf-8")), reference, folder)
            if index:
                secondary[name] = folder
        return secondary

    def _clone_for_pipeline(self, wanted: dict[str, str], reference: Path, folder: Path) -> None:
        reference.unlink()
        connection = wanted["ConnectionArn"]
        service = connection.split(":")[2]
        if not self._role.allows(f"{service}:UseConnection", connection):
            raise SourceError(self._role.denial(f"{service}:UseConnection", connection))
        repository: Context = {f"{service}:FullRepositoryId": wanted["FullRepositoryName"]}
        try:
            self._role.record(service, "UseConnection", {"ConnectionArn": connection}, context=repository)
        except AccessDeniedError as error:
            raise SourceError(error.message) from error
        self._checkout(wanted["FullRepositoryName"], wanted["CommitId"], folder)

    def _clone(self, location: str, version: str | None, folder: Path) -> None:
        name = location.removesuffix("/").removesuffix(".git")
        if not name.startswith(f"{self._cloud.git_url}/"):
            raise SourceError(f"{location} is not on the local git host {self._cloud.git_url}")
        self._build.resolved_version = self._checkout(
            name.removeprefix(f"{self._cloud.git_url}/"), version, folder
        )

    def _checkout(self, full_name: str, version: str | None, folder: Path) -> str:
        try:
            return Checkout(self._cloud, full_name).full(folder, version or "HEAD")
        except CheckoutError as error:
            raise SourceError(str(error)) from error

    def _download(self, location: Location, folder: Path) -> None:
        archive = self._folder / "source.zip"
        try:
            self._role.client("s3").download_file(location.bucket, location.key, str(archive))
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            raise SourceError(f"{code}: {message} ({location.arn})") from error
        if not zipfile.is_zipfile(archive):
            raise SourceError(f"{location.arn} is not a zip archive")
        try:
            unpack(archive, folder)
        except ValueError as error:
            raise SourceError(f"{location.arn}: {error}") from error
        archive.unlink()
