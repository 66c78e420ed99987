"""Where the pipeline runs and what it trains with: ``pipeline.toml``, overridden by the environment of the build."""

import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.images import sklearn_image

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything the definition depends on besides the code and the data."""

    project_name: str
    project_id: str
    repository: str
    commit: str
    region: str
    pipeline_name: str
    model_package_group: str
    bucket: str
    role_arn: str
    image_uri: str
    rmse_threshold: float
    approval_status: str
    hyperparameters: dict[str, Any]
    processing_instance_type: str
    training_instance_type: str
    inference_instance_types: list[str]
    volume_size_gb: int
    max_runtime_seconds: int
    kms_key_arn: str | None = None
    subnet_ids: list[str] = field(default_factory=list)
    security_group_ids: list[str] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """S3 folder of this pipeline, without a slash at the end."""
        return f"s3://{self.bucket}/pipelines/{self.pipeline_name}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tags by which SageMaker Studio and the bill find what belongs to the project."""
        return [
            {"Key": "sagemaker:project-name", "Value": self.project_name},
            {"Key": "sagemaker:project-id", "Value": self.project_id},
        ]


def load(environ: Mapping[str, str], file: Path = ROOT / "pipeline.toml") -> Settings:
    """Read the settings; a variable of the build wins over the file.

    Raises ``SettingsError`` when the execution role, which only the environment knows, or another value is missing.
    """
    config = tomllib.loads(file.read_text(encoding="utf-8"))
    try:
        project, sagemaker, compute = config["project"], config["sagemaker"], config["compute"]
        gate, model = config["quality_gate"], config["model"]
        region = _first(environ, "AWS_REGION", "AWS_DEFAULT_REGION") or sagemaker["region"]
        return Settings(
            project_name=environ.get("SAGEMAKER_PROJECT_NAME") or project["name"],
            project_id=environ.get("SAGEMAKER_PROJECT_ID") or project["id"],
            repository=project["repository"],
            commit=environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION") or _git_commit(file.parent),
            region=region,
            pipeline_name=environ.get("SAGEMAKER_PIPELINE_NAME") or sagemaker["pipeline_name"],
            model_package_group=environ.get("MODEL_PACKAGE_GROUP_NAME") or sagemaker["model_package_group_name"],
            bucket=environ.get("ARTIFACT_BUCKET") or sagemaker["artifact_bucket"],
            role_arn=_required(environ, "SAGEMAKER_PIPELINE_ROLE_ARN"),
            image_uri=environ.get("SKLEARN_IMAGE_URI") or sklearn_image(region),
            rmse_threshold=float(gate["rmse_threshold"]),
            approval_status=gate["approval_status"],
            hyperparameters=dict(model),
            processing_instance_type=compute["processing_instance_type"],
            training_instance_type=compute["training_instance_type"],
            inference_instance_types=list(compute["inference_instance_types"]),
            volume_size_gb=int(compute["volume_size_gb"]),
            max_runtime_seconds=int(compute["max_runtime_seconds"]),
            kms_key_arn=environ.get("KMS_KEY_ARN") or None,
            subnet_ids=_listed(environ, "VPC_SUBNET_IDS"),
            security_group_ids=_listed(environ, "VPC_SECURITY_GROUP_IDS"),
        )
    except KeyError as error:
        raise SettingsError(f"{file.name} has no value for {error}") from error
    except (LookupError, TypeError, ValueError) as error:
        raise SettingsError(f"{file.name}: {error}") from error


def _first(environ: Mapping[str, str], *names: str) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise SettingsError(f"set {name}: the build has it; elsewhere, see 'Start it yourself' in README.md")
    return value


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in environ.get(name, "").split(",") if part.strip()]


def _git_commit(folder: Path) -> str:
    """Return the checked-out commit, marked when files were changed since: a run must say what it ran."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain")
    except (OSError, subprocess.CalledProcessError) as error:
        raise SettingsError(
            "which commit is this? Run inside the git checkout, or set CODEBUILD_RESOLVED_SOURCE_VERSION"
        ) from error
    return f"{commit}-dirty" if changed else commit


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()
