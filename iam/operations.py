"""From a call of AWS's API to the authorization requests that IAM decides.

The rule is AWS's own naming: an operation is the action of its name, and each placeholder in the ARN of a resource
type that the action knows is the parameter of that name. What deviates stands, with its source, in
``operations.toml``.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from iam import reference, templates
from iam.request import Account, Context, Request
from iam.templates import Unresolved


@dataclass(frozen=True)
class Authorization:
    """One question to IAM: whether the caller may do ``action`` to ``resource`` under ``context``."""

    action: str
    resource: str
    context: Context


class UnknownCallError(Exception):
    """Neither AWS's reference nor ``operations.toml`` says what a call is authorized as."""


@cache
def exceptions() -> dict[str, Any]:
    """``operations.toml``."""
    return tomllib.loads(Path(__file__).with_name("operations.toml").read_text(encoding="utf-8"))


def authorizations(request: Request, account: Account) -> list[Authorization]:
    """Everything that IAM is asked before a call is done.

    Raises:
        UnknownCallError: the call cannot be translated.

    """
    values = templates.Values(request, account)
    found = [
        Authorization(action, resource, _context(request, account, resource))
        for action, row in _actions(request)
        for resource in _resources(request, action, row, values)
    ]
    if found and (tags := tag_action(request)):
        created = found[0].resource
        extra: Context = {"sagemaker:TaggingAction": request.operation} if request.service == "sagemaker" else {}
        if request.service == "logs":
            created = created.removesuffix(":log-stream:")
        found.append(Authorization(tags, created, {**_context(request, account, created), **extra}))
    found.extend(_passed_roles(request, account))
    return [*found, *_key_uses(request, account)]


def _actions(request: Request) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rows = exceptions().get(request.service, {})
    own = rows.get(request.operation)
    if own is None:
        wide: list[dict[str, Any]] = next(
            (row for name, row in rows.items() if "*" in name and fnmatchcase(request.operation, name)), []
        )
        own = [{"action": None, **row} for row in wide] or [{"action": None}]
    for row in own:
        action = row.get("action") or f"{_prefix(request.service)}:{request.operation}"
        if request.service == "s3" and request.parameters.get("VersionId") and action in _OF_VERSIONS:
            action += "Version"
        if not reference.exists(action):
            raise UnknownCallError(f"{request.service}:{request.operation}: AWS knows no action {action}")
        yield reference.spelling(action), row


# "If a version is named, another action applies": S3's user guide, "Policy actions for Amazon S3".
_OF_VERSIONS = ("s3:GetObject", "s3:DeleteObject", "s3:GetObjectTagging")


@cache
def _prefix(service: str) -> str:
    import botocore.session  # noqa: PLC0415 - for a service seen for the first time only

    metadata = botocore.session.get_session().get_service_model(service).metadata
    name = str(metadata.get("signingName") or metadata["endpointPrefix"])
    return str(exceptions()["prefixes"].get(name, name))


def _resources(request: Request, action: str, row: Mapping[str, Any], values: "templates.Values") -> list[str]:
    types = reference.resource_types(action)
    if not types:
        return ["*"]
    if (template := row.get("resource")) is not None:
        try:
            return values.fill(template)
        except Unresolved as missing:
            if row.get("optional"):
                return []
            if "otherwise" in row:
                return values.fill(row["otherwise"])
            if any(kind.required for kind in types):
                raise UnknownCallError(f"{request.service}:{request.operation}: no {missing}") from missing
            return ["*"]
    found: dict[str, None] = {}
    for kind in types:
        try:
            found |= dict.fromkeys(values.of_type(kind))
        except Unresolved as missing:
            # More than one required type (a volume's and an instance's ARN) is alternatives in AWS's reference.
            if kind.required and len(types) == 1:
                raise UnknownCallError(f"{request.service}:{request.operation}: no {missing}") from missing
    return list(found) or ["*"]


def _context(request: Request, account: Account, resource: str) -> Context:
    tags = templates.tags(request.parameters)
    context: Context = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if tags:
        context["aws:TagKeys"] = list(tags)
    return {
        **context,
        **account.context(request.service, request.operation, request.parameters, resource),
        **request.context,
    }


def tag_action(request: Request) -> str | None:
    """The action that tagging at creation needs besides; None when nothing is tagged."""
    if not request.operation.startswith(("Create", "Update", "Register", "AssumeRole")) or not templates.tags(
        request.parameters
    ):
        return None
    found = exceptions()["tagging"].get(request.service)
    return None if found is None else str(found)


def _passed_roles(request: Request, account: Account) -> Iterator[Authorization]:
    """``iam:PassRole`` for every role that a request hands to the service which it asks.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html: "when a user passes a role ARN as
    a parameter to any API that uses the role to assign permissions".
    """
    rules = exceptions()["roles"]
    if f"{request.service}.{request.operation}" == "iam.AddRoleToInstanceProfile":
        # IAM API reference: "The caller of this operation must be granted the PassRole permission".
        arn = account.lookup("role", str(request.parameters.get("RoleName")))
        context: Context = {**request.context, "iam:PassedToService": "ec2.amazonaws.com"}
        yield from [Authorization("iam:PassRole", arn, context)] if arn else []
        return
    if request.service in rules["not_passed"] or f"{request.service}.{request.operation}" in rules["not_passed"]:
        return
    if request.operation.startswith(tuple(rules["only_named"])):
        return
    service = "sagemaker" if request.service.startswith("sagemaker") else request.service
    arns = dict.fromkeys(templates.roles(request.parameters, rules["not_passed_as"]))
    if profile := (request.parameters.get("IamInstanceProfile") or {}).get("Name"):
        role = account.lookup("profile-role", profile)
        arns |= {role: None} if role else {}
    for arn in arns:
        context = {**request.context, "iam:PassedToService": f"{service}.amazonaws.com"}
        yield Authorization("iam:PassRole", arn, context)


def _key_uses(request: Request, account: Account) -> Iterator[Authorization]:
    wanted = exceptions()["kms_use"].get(f"{request.service}.{request.operation}")
    if wanted is None:
        return
    service = "s3" if request.service == "s3" else request.service
    for key, encryption in account.keys(request.service, request.operation, request.parameters):
        for action in wanted:
            context: Context = {
                **encryption,
                **request.context,
                "kms:ViaService": f"{service}.{request.region}.amazonaws.com",
                "aws:CalledVia": [f"{service}.amazonaws.com"],
            }
            if action == "kms:CreateGrant":
                context["kms:GrantIsForAWSResource"] = "true"
            yield Authorization(action, key, context)
