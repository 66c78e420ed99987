"""What a build gives away: chosen by the build specification, put where the pipeline or the project says.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.artifacts.files
"""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from localcloud import archives
from localcloud.services.codebuild.build import Build, Location
from localcloud.services.codebuild.buildspec import Artifacts, Buildspec

if TYPE_CHECKING:
    from localcloud.service_role import ServiceRole


class ArtifactError(Exception):
    """The artifacts cannot be made or uploaded; the message is what CodeBuild shows."""


class Uploader:
    """Uploads the artifacts of one build."""

    def __init__(self, build: Build, buildspec: Buildspec, role: "ServiceRole", source: Path) -> None:
        self._build = build
        self._buildspec = buildspec
        self._role = role
        self._source = source

    def upload(self) -> None:
        """Upload everything that is wanted, and note it in the build; raises ArtifactError."""
        if self._build.pipeline is not None:
            self._for_pipeline(self._build.pipeline.outputs)
            return
        primary = self._build.project["artifacts"]
        if primary["type"] == "S3":
            self._to_bucket(primary, self._definition(None))
        for secondary in self._build.project.get("secondaryArtifacts", []):
            self._to_bucket(secondary, self._definition(secondary["artifactIdentifier"]))

    def _for_pipeline(self, outputs: dict[str, Location]) -> None:
        for name, location in outputs.items():
            # A single output artifact is the build's primary one; of several, each has its name in the buildspec.
            identifier = None if len(outputs) == 1 else name
            digest = self._put_archive(self._definition(identifier), location)
            produced: dict[str, Any] = {"location": location.arn, "sha256sum": digest}
            if identifier is not None:
                produced["artifactIdentifier"] = identifier
            self._build.produced.append(produced)

    def _definition(self, identifier: str | None) -> Artifacts:
        found = next((item for item in self._buildspec.artifacts if item.identifier == identifier), None)
        if found is not None:
            return found
        if identifier is None:
            raise ArtifactError("no matching base directory path found: the buildspec file has no artifacts")
        raise ArtifactError(f"no definition for secondary artifact {identifier} in the buildspec file")

    def _to_bucket(self, target: dict[str, Any], definition: Artifacts) -> None:
        name = target.get("name") or self._build.project["name"]
        if target.get("overrideArtifactName") and definition.name:
            name = definition.name
        parts = [
            target.get("path", ""),
            self._build.uuid if target.get("namespaceType") == "BUILD_ID" else "",
            name,
        ]
        prefix = "/".join(part.strip("/") for part in parts if part.strip("/"))
        bucket = target["location"]
        produced: dict[str, Any] = {"location": f"arn:aws:s3:::{bucket}/{prefix}"}
        if target.get("packaging") == "ZIP":
            produced["sha256sum"] = self._put_archive(definition, Location(bucket, prefix))
        else:
            for path, relative in self._files(definition):
                self._put(path, Location(bucket, f"{prefix}/{relative}"))
        if target.get("artifactIdentifier"):
            produced["artifactIdentifier"] = target["artifactIdentifier"]
        self._build.produced.append(produced)

    def _put_archive(self, definition: Artifacts, location: Location) -> str:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "artifact.zip"
            archives.pack(archive, self._files(definition))
            self._put(archive, location)
            return hashlib.sha256(archive.read_bytes()).hexdigest()

    def _put(self, path: Path, location: Location) -> None:
        extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": location.kms_key} if location.kms_key else None
        try:
            self._role.client("s3").upload_file(str(path), location.bucket, location.key, ExtraArgs=extra)
        except (ClientError, S3UploadFailedError) as error:
            raise ArtifactError(f"Failed to upload artifacts: {error}") from error

    def _files(self, definition: Artifacts) -> list[tuple[Path, str]]:
        found: dict[str, Path] = {}
        for base in self._bases(definition.base_directory):
            excluded = {path for pattern in definition.exclude for path in _expand(base, pattern)}
            for pattern in definition.files:
                for path in _expand(base, pattern):
                    if path not in excluded:
                        name = path.name if definition.discard_paths else str(path.relative_to(base))
                        found.setdefault(name, path)
        if not found:
            raise ArtifactError("no matching artifact paths found")
        return [(path, name) for name, path in sorted(found.items())]

    def _bases(self, pattern: str | None) -> list[Path]:
        if not pattern:
            return [self._source]
        if Path(pattern).is_absolute():
            bases = [Path(pattern)] if Path(pattern).is_dir() else []
        else:
            bases = [path for path in self._source.glob(pattern) if path.is_dir()]
        if not bases:
            raise ArtifactError(f"no matching base directory path found for {pattern}")
        return bases


def _expand(base: Path, pattern: str) -> Iterator[Path]:
    """Files that a pattern names: `**/*` is everything below, a folder stands for nothing by itself."""
    if Path(pattern).is_absolute():
        yield from (path for path in [Path(pattern)] if path.is_file() and path.is_relative_to(base))
        return
    recursive = f"{pattern}/*" if pattern.endswith("**") else pattern
    for path in sorted(base.glob(recursive)):
        if path.is_file() or path.is_symlink():
            yield path
