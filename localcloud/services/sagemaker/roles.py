"""Execution roles: whether SageMaker may assume them."""

import re

from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError
from localcloud.service_role import ServiceRole
from localcloud.services.sagemaker.errors import ValidationError

SERVICE = "sagemaker.amazonaws.com"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")


def assume(cloud: Cloud, role_arn: str, session: str, region: str, source_arn: str | None = None) -> ServiceRole:
    """An execution role in SageMaker's hands; without ``source_arn`` it only looks whether it could have it.

    Raises:
        ValidationError: there is no such role, or it does not trust SageMaker; worded as SageMaker does.

    """
    if not _ROLE.fullmatch(role_arn):
        raise ValidationError(f"Invalid role ARN '{role_arn}'")
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
