"""What stands in the imitated account before anybody has applied anything."""

import json

from moto.iam.models import iam_backends

from localcloud.cloud import Cloud
from localcloud.settings import ADMINISTRATOR_ROLE, MEMBER_ACCOUNT_ROLE, STUDIO_EXECUTION_ROLE

_ASSUMABLE_BY_ACCOUNT = "arn:aws:iam::{account}:root"


def prepare(cloud: Cloud) -> None:
    """Create the platform engineer's role and the role of Studio's users."""
    iam = iam_backends[cloud.account_id]["aws"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": _ASSUMABLE_BY_ACCOUNT.format(account=cloud.account_id)},
                "Action": "sts:AssumeRole",
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        ],
    }
    everything = _policy("*", "*")
    studio = _policy(
        [
            "sagemaker:CreateProject",
            "sagemaker:DescribeProject",
            "sagemaker:ListProjects",
            "sagemaker:UpdateProject",
            "sagemaker:DeleteProject",
            "sagemaker:UpdateModelPackage",
            "servicecatalog:ProvisionProduct",
            "servicecatalog:UpdateProvisionedProduct",
            "servicecatalog:TerminateProvisionedProduct",
            "servicecatalog:Describe*",
            "servicecatalog:List*",
            "servicecatalog:Search*",
        ],
        "*",
    )
    for name, path, policy in (
        (ADMINISTRATOR_ROLE, "/", everything),
        (STUDIO_EXECUTION_ROLE, "/service-role/", studio),
    ):
        iam.create_role(
            role_name=name,
            assume_role_policy_document=json.dumps(trust),
            path=path,
            permissions_boundary=None,
            description="Made by the local cloud",
            tags=[],
            max_session_duration="43200",
        )
        iam.put_role_policy(name, "access", json.dumps(policy))
    _prepare_member(cloud)


def _prepare_member(cloud: Cloud) -> None:
    """The second account has the role that AWS Organizations gives to every account it makes."""
    iam = iam_backends[cloud.settings.member_account_id]["aws"]
    principal = {"AWS": _ASSUMABLE_BY_ACCOUNT.format(account=cloud.account_id)}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    iam.create_role(
        role_name=MEMBER_ACCOUNT_ROLE,
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        path="/",
        permissions_boundary=None,
        description="Made by the local cloud",
        tags=[],
        max_session_duration="43200",
    )
    iam.put_role_policy(MEMBER_ACCOUNT_ROLE, "AdministratorAccess", json.dumps(_policy("*", "*")))


def _policy(action: str | list[str], resource: str) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
    }
