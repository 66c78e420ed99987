"""Where a command runs and what the platform gave it: environment variables of the build, checked once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from deploy.errors import DeployError

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("dev", "staging", "prod")
PIPELINE = ("staging", "prod")  # what the pipeline deploys, in this order


@dataclass(frozen=True)
class Target:
    """Another account: the role that is assumed there."""

    role_arn: str
    external_id: str


@dataclass(frozen=True)
class Context:
    """The project, and, for commands that deploy, one of its environments."""

    project_name: str
    project_id: str
    model_package_group: str
    bucket: str
    region: str
    commit: str
    kms_key_arn: str | None = None
    environment: str = "dev"
    endpoint_role_arn: str | None = None
    environment_kms_key_arn: str | None = None
    data_uri: str = ""
    topic_arn: str | None = None
    log_retention_days: int = 90
    target: Target | None = None
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    pipeline_name: str | None = None
    pipeline_execution_id: str | None = None

    @property
    def prefix(self) -> str:
        """Every name in this environment begins so; the build's role can make nothing else."""
        return f"ml-{self.project_id}-{self.environment}"

    @property
    def folder(self) -> str:
        """Key prefix of the environment's state and records in the project's bucket."""
        return f"deploy/{self.environment}"

    def client(self, service: str) -> Any:
        """A client in the project's own account: registry, bucket, pipeline."""
        return boto3.client(service, region_name=self.region, config=_RETRIES)

    def environment_client(self, service: str) -> Any:
        """A client in the account of the environment, which may be another one."""
        if self.target is None:
            return self.client(service)
        answer = self.client("sts").assume_role(
            RoleArn=self.target.role_arn,
            RoleSessionName=f"deploy-{self.project_id}-{self.environment}",
            ExternalId=self.target.external_id,
            Tags=[{"Key": "sagemaker:project-id", "Value": self.project_id}],
        )["Credentials"]
        return boto3.client(
            service,
            region_name=self.region,
            config=_RETRIES,
            aws_access_key_id=answer["AccessKeyId"],
            aws_secret_access_key=answer["SecretAccessKey"],
            aws_session_token=answer["SessionToken"],
        )


_RETRIES = Config(retries={"mode": "standard", "max_attempts": 6})


def load(environ: Mapping[str, str], environment: str | None = None) -> Context:
    """Read the context; ``environment`` wins over ``DEPLOY_ENVIRONMENT``."""
    name = environment or environ.get("DEPLOY_ENVIRONMENT") or "dev"
    if name not in ENVIRONMENTS:
        raise DeployError(f"there is no environment {name!r}; there are {', '.join(ENVIRONMENTS)}")
    bucket = _needed(environ, "ARTIFACT_BUCKET")
    role = environ.get("DEPLOY_TARGET_ROLE_ARN")
    target = Target(role, _needed(environ, "DEPLOY_EXTERNAL_ID")) if role else None
    key = environ.get("KMS_KEY_ARN") or None
    return Context(
        project_name=_needed(environ, "SAGEMAKER_PROJECT_NAME"),
        project_id=_needed(environ, "SAGEMAKER_PROJECT_ID"),
        model_package_group=_needed(environ, "MODEL_PACKAGE_GROUP_NAME"),
        bucket=bucket,
        region=_needed(environ, "AWS_REGION"),
        commit=environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION") or "uncommitted",
        kms_key_arn=key,
        environment=name,
        endpoint_role_arn=environ.get("DEPLOY_ENDPOINT_ROLE_ARN") or None,
        environment_kms_key_arn=environ.get("DEPLOY_KMS_KEY_ARN") or key,
        data_uri=environ.get("DEPLOY_DATA_URI") or f"s3://{bucket}/deploy/{name}",
        topic_arn=environ.get("DEPLOY_TOPIC_ARN") or None,
        log_retention_days=int(environ.get("DEPLOY_LOG_RETENTION_DAYS") or 90),
        target=target,
        subnet_ids=_list(environ, "DEPLOY_SUBNET_IDS"),
        security_group_ids=_list(environ, "DEPLOY_SECURITY_GROUP_IDS"),
        pipeline_name=environ.get("DEPLOY_PIPELINE_NAME") or None,
        pipeline_execution_id=environ.get("PIPELINE_EXECUTION_ID") or None,
    )


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise DeployError(f"the variable {name} is not set; the build has it, README.md says how to set it by hand")
    return value


def _list(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part for part in environ.get(name, "").split(",") if part)
