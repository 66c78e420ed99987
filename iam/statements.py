"""Statements that no recorded call uses, as the calls that they are made for: what they name, on their terms.

Roles of products belong to services that the local cloud does not run (a notebook's machine, a database), and so
do many statements of resources' policies. That such a call is allowed proves nothing; that it is denied with each
circumstance changed does, and ``guards`` lists where it has to be.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from iam import reference
from iam.audit import as_list
from iam.engine import Question
from iam.evidence import OWN_ROLES, Evidence, Record, common_context
from iam.place import Place, of_place, place, places_of_products

_TAG = re.compile(r"\$\{(aws:PrincipalTag/[^}]*)\}")
_MADE_FOR = "as a statement says"
# What roles of deployments may, and what the configuration of the journeys' repositories leaves unused.
_LITTLE_USED = {
    "project deploy-staging": ("Autoscaling", "RegisterForAutoscaling"),
    "project staging-endpoint": ("DataOfTheEnvironment", "GrantVolumeKey"),
    "project prod-endpoint": ("GrantVolumeKey",),
    "target deployment": ("UseTheKey",),
    "target endpoint": ("GrantVolumeKey",),
}


def calls(record: Record, suite: str, *, of_projects: bool) -> Iterator[Evidence]:
    """What policies say, as calls.

    Args:
        record: the suite's.
        suite: its name.
        of_projects: the suite has two projects of one installation: the policies of their resources are asked, and
            what deployments may; otherwise the roles of products, and who takes them.

    """
    if of_projects:
        where = place(record, suite)
        yield from _of_resources(record, where)
        for kind, sids in _LITTLE_USED.items():
            if kind in where.roles:
                yield from _of_role(record, where, kind, where.roles[kind], sids)
    elif suite == "products" and record.roles:
        for where in places_of_products(record):
            for kind, arn in sorted(where.roles.items()):
                if kind not in OWN_ROLES:
                    yield from _of_role(record, where, kind, arn)
                    yield from _of_services(record, where, kind, arn, record.trust[arn])


def terms(statements: list[Mapping[str, Any]], own: str) -> dict[str, str | list[str]]:
    """Values with which every condition of some statements is met, but for those about who asks."""
    found: dict[str, str | list[str]] = {}
    for statement in statements:
        for operator, keys in (statement.get("Condition") or {}).items():
            for key, values in keys.items():
                if key.startswith("aws:PrincipalA") or operator == "Null":
                    continue
                found |= dict.fromkeys(_TAG.findall(str(values)), own)
                value = _one(values, own)
                found.setdefault(key, [value] if operator.startswith("ForA") else value)
    return found


def _one(values: Any, own: str) -> str:
    """The first of some patterns, as something that it is a pattern of."""
    return re.sub(r"\$\{[^}]*\}", own, str(as_list(values)[0])).replace("*", "x")


def _known_to(action: str, resource: str) -> bool:
    """Whether an action is one on such a resource: a statement may name several of either."""
    types = reference.resource_types(action)
    # What stands for a bucket's name in AWS's patterns would take an object's, too.
    return not types or any(
        one.matches(resource) and not (one.name == "bucket" and "/" in resource) for one in types
    )


def _of_role(
    record: Record, where: Place, kind: str, arn: str, sids: Collection[str] | None = None
) -> Iterator[Evidence]:
    identity, boundary = record.roles[arn]
    own = where.values["own"]
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    call = {"region": record.region, "role_arn": arn, "account_id": account}
    tags = {"aws:PrincipalTag/sagemaker:project-id": own}
    for policy in identity:
        for statement in as_list(record.documents[policy]["Statement"]):
            if statement["Effect"] != "Allow" or not (sids is None or statement.get("Sid") in sids):
                continue
            for action in as_list(statement["Action"]):
                for resource in dict.fromkeys(_one(one, own) for one in as_list(statement["Resource"])):
                    if not _known_to(action, resource):
                        continue
                    owner = resource.split(":")[4] if resource.count(":") > 4 else ""
                    asked = Question(
                        principal=f"arn:aws:sts::{account}:assumed-role/{name}/made-for-it",
                        action=action,
                        resource="*" if resource == "x" else resource,
                        account=owner or account,
                        context={**common_context(call, account), **tags, **terms([statement], own)},
                        identity=identity,
                        boundary=boundary,
                        resource_policy=record.resource_policy(resource),
                    )
                    yield Evidence(kind, _MADE_FOR, asked)


def _of_resources(record: Record, where: Place) -> Iterator[Evidence]:
    for arn, policy in sorted(record.resources.items()):
        if of_place(arn, where):
            yield from _of_services(record, where, "", arn, policy)


def _of_services(record: Record, where: Place, kind: str, arn: str, policy: str) -> Iterator[Evidence]:
    """A service that a policy lets in does what it is let in for."""
    account = arn.split(":")[4] or where.values["account"]
    call = {"region": record.region, "role_arn": None, "account_id": account}
    for statement in as_list(record.documents[policy]["Statement"]):
        principal = statement.get("Principal")
        named = as_list(principal.get("Service", [])) if isinstance(principal, Mapping) else []
        if statement["Effect"] != "Allow":
            continue
        for service in named:
            for action in as_list(statement["Action"]):
                resource = _one(statement.get("Resource", "*"), where.values["own"])
                asked = Question(
                    principal=service,
                    action=action,
                    resource=arn if resource == "x" else resource,
                    account=account,
                    context={**common_context(call, account), **terms([statement], where.values["own"])},
                    resource_policy=policy,
                )
                if "*" not in action:
                    yield Evidence(kind or f"service {service}", _MADE_FOR, asked)
