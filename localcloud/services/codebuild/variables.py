"""The environment variables of a build: CodeBuild's own, the build specification's, the project's, the caller's.

Precedence and names: https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from localcloud.services.codebuild.build import Build
from localcloud.services.codebuild.buildspec import Buildspec

if TYPE_CHECKING:
    from localcloud.service_role import ServiceRole


_PARAMETERS = "Decrypted Variables Error"
_SECRETS = "Secrets Manager Error"


class VariableError(Exception):
    """A variable's value cannot be fetched; `code` and message are what CodeBuild shows."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Variables:
    """Names and values, and which values must not appear in the log."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: set[str] = field(default_factory=set, repr=False)


def resolve(build: Build, buildspec: Buildspec, role: "ServiceRole") -> Variables:
    """Every variable that the buildspec, the project and the caller define; raises VariableError."""
    wanted: dict[str, tuple[str, str]] = {}
    for kind, variables in (
        ("PLAINTEXT", buildspec.variables),
        ("PARAMETER_STORE", buildspec.parameter_store),
        ("SECRETS_MANAGER", buildspec.secrets_manager),
    ):
        wanted |= {name: (kind, value) for name, value in variables.items()}
    for variable in build.project["environment"]["environmentVariables"]:
        wanted[variable["name"]] = (variable.get("type", "PLAINTEXT"), variable["value"])

    found = Variables()
    for name, (kind, value) in wanted.items():
        if kind == "PLAINTEXT":
            found.values[name] = value
            continue
        fetched = _parameter(role, value) if kind == "PARAMETER_STORE" else _secret(role, value)
        found.values[name] = fetched
        found.secrets.add(fetched)
    return found


def _parameter(role: "ServiceRole", name: str) -> str:
    try:
        answer = role.client("ssm").get_parameters(Names=[name], WithDecryption=True)
    except ClientError as error:
        raise VariableError(_PARAMETERS, error.response["Error"]["Message"]) from error
    if not answer["Parameters"]:
        raise VariableError(_PARAMETERS, f"parameter does not exist: {name}")
    return str(answer["Parameters"][0]["Value"])


def _secret(role: "ServiceRole", reference: str) -> str:
    """`secret-id:json-key:version-stage:version-id`, all but the first optional; the id may be an ARN."""
    identifier, key, stage, version = _split(reference)
    arguments: dict[str, str] = {"SecretId": identifier}
    if stage:
        arguments["VersionStage"] = stage
    if version:
        arguments["VersionId"] = version
    try:
        answer = role.client("secretsmanager").get_secret_value(**arguments)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise VariableError(_SECRETS, f"{code}: {message}") from error
    text = str(answer["SecretString"])
    if not key:
        return text
    try:
        value: Any = json.loads(text)[key]
    except (ValueError, KeyError, TypeError) as error:
        raise VariableError(_SECRETS, f"secret {identifier} has no key {key}") from error
    return value if isinstance(value, str) else json.dumps(value)


def _split(reference: str) -> tuple[str, str, str, str]:
    parts = reference.split(":")
    size = 7 if reference.startswith("arn:") else 1
    rest = [*parts[size:], "", "", ""]
    return ":".join(parts[:size]), rest[0], rest[1], rest[2]


def provided(build: Build, source: Path, secondary: dict[str, Path]) -> dict[str, str]:
    """What CodeBuild itself defines."""
    project = build.project
    variables = {
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": project["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": project["encryptionKey"],
        "CODEBUILD_PROJECT_ARN": f"arn:aws:codebuild:{build.region}:{build.account_id}:project/{project['name']}",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved_version or "",
        "CODEBUILD_SOURCE_VERSION": build.source_version or "",
        "CODEBUILD_SRC_DIR": str(source),
        "CODEBUILD_START_TIME": str(int(build.start.timestamp() * 1000)),
        "AWS_ACCOUNT_ID": build.account_id,
        "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PYTHONUNBUFFERED": "1",
    }
    if build.log_stream:
        variables["CODEBUILD_LOG_PATH"] = build.log_stream
    if location := project["source"].get("location"):
        variables["CODEBUILD_SOURCE_REPO_URL"] = location
    return variables | {f"CODEBUILD_SRC_DIR_{name}": str(path) for name, path in secondary.items()}
