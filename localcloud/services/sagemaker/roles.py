"""Execution roles: whether SageMaker may assume them."""

import re

from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError
from localcloud.service_role import ServiceRole
from localcloud.services.sagemaker.errors import ValidationError

SERVICE = "sagemaker.amazonaws.com"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")


def assume(
    cloud: Cloud,
    role_arn: str,
    session: str,
    region: str,
    *,
    account_id: str | None = None,
    source_arn: str | None = None,
) -> ServiceRole:
    """An execution role in SageMaker's hands; without ``source_arn`` it only looks whether it could have it.

    Args:
        cloud: the local cloud.
        role_arn: the role.
        session: the session's name.
        region: where its clients ask.
        account_id: the account of whoever passes the role, which has to be the role's own.
        source_arn: the job, model or execution that the role is assumed for.

    Raises:
        ValidationError: there is no such role, or it does not trust SageMaker; worded as SageMaker does.

    """
    if not _ROLE.fullmatch(role_arn):
        raise ValidationError(f"Invalid role ARN '{role_arn}'")
    if account_id is not None and role_arn.split(":")[4] != account_id:
        raise ValidationError("Cross-account pass role is not allowed.")
    try:
        return ServiceRole(
            cloud,
            role_arn,
            service=SERVICE,
            session_name=session,
            region=region,
            source_arn=source_arn,
            checked=source_arn is None,
        )
    except AccessDeniedError as error:
        raise ValidationError(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{SERVICE}' to assume the role."
        ) from error
