"""A caller as resource policies see it: its names, and the values of condition keys about it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends

from localcloud.policies import role_allows
from localcloud.principals import Principal
from localcloud.resource_policies import permits_caller


def names(caller: Principal) -> set[str]:
    """What a policy's ``Principal`` may call the caller: its session, its role, its account."""
    found = {caller.arn, caller.account_id, f"arn:aws:iam::{caller.account_id}:root"}
    if caller.role_arn is not None:
        found.add(caller.role_arn)
    return found


def context(caller: Principal) -> dict[str, str]:
    """Condition keys about the caller; ``aws:PrincipalArn`` of a session is its role."""
    known = {
        "aws:PrincipalArn": caller.role_arn or caller.arn,
        "aws:PrincipalAccount": caller.account_id,
    }
    return known | tags(caller.role_arn, caller.session_tags)


def tags(role_arn: str | None, session_tags: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Condition keys about a role's tags; a session's tag counts instead of the role's of the same name."""
    role = find_role(role_arn) if role_arn is not None else None
    found: Any = getattr(role, "tags", None) or []
    # moto keeps a list until the role is tagged anew, and then a mapping of the same items.
    known = {
        f"aws:PrincipalTag/{tag['Key']}": str(tag["Value"])
        for tag in (found.values() if isinstance(found, dict) else found)
    }
    return known | {f"aws:PrincipalTag/{name}": value for name, value in session_tags}


def allowed_by_identity(caller: Principal, action: str, resource: str) -> bool:
    """Whether the caller's own policies allow an action; users and the root may do what they like here."""
    return caller.role_arn is None or role_allows(caller.role_arn, action, resource)


def allowed_across_accounts(
    caller: Principal, policy: Any, action: str, resource: str, more: Mapping[str, str] | None = None
) -> bool:
    """Whether both the caller's policies and the resource's own allow an action, as another account's must.

    Args:
        caller: who calls.
        policy: the resource's policy.
        action: such as ``s3:GetObject``.
        resource: the resource's ARN.
        more: values of further condition keys.

    """
    known = {**context(caller), **(more or {})}
    return allowed_by_identity(caller, action, resource) and permits_caller(
        policy, names(caller), action, resource, known
    )


def of_role(role_arn: str, session_name: str) -> Principal:
    """The principal that a role's session is."""
    account_id = role_arn.split(":")[4]
    name = role_arn.rsplit("/", 1)[-1]
    return Principal(
        arn=f"arn:aws:sts::{account_id}:assumed-role/{name}/{session_name}",
        account_id=account_id,
        access_key_id="",
        role_arn=role_arn,
        session_name=session_name,
    )


def find_role(role_arn: str) -> Any:
    """A role of any account by its ARN; None when there is none."""
    accounts = iam_backends[role_arn.split(":")[4]]
    return next((role for role in list(accounts["aws"].roles.values()) if role.arn == role_arn), None)
