"""What Lambda refuses when a function is created or changed."""

import json
from typing import Any

from moto.iam.models import iam_backends
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

from localcloud.principals import trusts
from localcloud.responses import ServiceError
from localcloud.services.lambda_ import archive, errors

#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED = frozenset(
    [
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    ]
)
_ENVIRONMENT_BYTES = 4096
_PREFIX = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
)


def runtime(params: dict[str, Any]) -> None:
    """Only what can be run here."""
    name = params.get("Runtime")
    if params.get("PackageType", "Zip") != "Zip" or (name is not None and not name.startswith("python3")):
        raise errors.unsupported_runtime(name or "")


def role(arn: str) -> None:
    """The role exists and trusts Lambda."""
    roles = iam_backends[arn.split(":")[4]]["aws"].roles.values()
    found = next((item for item in roles if item.arn == arn), None)
    if found is None or not trusts(found.assume_role_policy_document, "lambda.amazonaws.com"):
        raise errors.role_not_assumable()


def environment(variables: dict[str, str]) -> None:
    """No reserved names, at most 4 KB."""
    if reserved := sorted(_RESERVED & variables.keys()):
        raise ServiceError(
            "InvalidParameterValueException",
            f"{_PREFIX} contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}",
        )
    measured = json.dumps(variables, separators=(",", ":"))
    if len(measured.encode()) > _ENVIRONMENT_BYTES:
        raise ServiceError(
            "InvalidParameterValueException", f"{_PREFIX} exceeded the 4KB limit. String measured: {measured}"
        )


def code(account_id: str, given: dict[str, Any]) -> bytes:
    """The archive that a request brings or points to."""
    content = given.get("ZipFile")
    if content is None:
        content = _fetch(account_id, given)
    archive.check(content)
    return bytes(content)


def _fetch(account_id: str, given: dict[str, Any]) -> bytes:
    bucket, key = given.get("S3Bucket"), given.get("S3Key")
    if not bucket or not key:
        raise ServiceError("InvalidParameterValueException", "Please provide a source for function code.")
    backend = s3_backends[account_id]["aws"]
    reason = ("NoSuchKey", "The specified key does not exist.")
    try:
        found = backend.get_object(bucket, key, given.get("S3ObjectVersion"))
    except S3ClientError as error:
        found, reason = None, (error.code, error.message)
    if found is None:
        raise ServiceError(
            "InvalidParameterValueException",
            f"Error occurred while GetObject. S3 Error Code: {reason[0]}. S3 Error Message: {reason[1]}",
        )
    return bytes(found.value)
