"""What identity-based policies say about an action on a resource.

Just enough of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html for the
few permissions that change what the local cloud does: wildcards, Not-elements, explicit denials and permissions
boundaries. Conditions are taken as met where they allow, and as not met where they deny.
"""

import json
import re
from functools import cache
from typing import Any

from moto.iam.models import iam_backends


def role_allows(role_arn: str, action: str, resource: str) -> bool:
    """Whether a role's own policies, and its boundary when it has one, allow an action on a resource."""
    iam = iam_backends[role_arn.split(":")[4]]["aws"]
    role = next((item for item in list(iam.roles.values()) if item.arn == role_arn), None)
    if role is None:
        return False
    documents = [*role.policies.values(), *(_document(policy) for policy in role.managed_policies.values())]
    if not allows(documents, action, resource):
        return False
    if not role.permissions_boundary_arn:
        return True
    boundary = iam.managed_policies.get(role.permissions_boundary_arn)
    return boundary is not None and allows([_document(boundary)], action, resource)


def allows(documents: list[Any], action: str, resource: str) -> bool:
    """Whether policy documents (JSON text or parsed) together allow an action on a resource."""
    allowed = False
    for document in documents:
        policy = json.loads(document) if isinstance(document, str) else document
        for statement in _list(policy.get("Statement")):
            if not (covers(statement, "Action", action) and covers(statement, "Resource", resource)):
                continue
            if statement["Effect"] == "Deny" and "Condition" not in statement:
                return False
            allowed = allowed or statement["Effect"] == "Allow"
    return allowed


def covers(statement: dict[str, Any], element: str, value: str) -> bool:
    """Whether a statement's element (``Action``, ``Resource``), or the lack of its Not-element, covers a value."""
    if f"Not{element}" in statement:
        return not _matches(statement[f"Not{element}"], value, element)
    return _matches(statement.get(element, []), value, element)


def _matches(patterns: Any, value: str, element: str) -> bool:
    return any(_pattern(pattern, element == "Action").fullmatch(value) for pattern in _list(patterns))


@cache
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, (re.IGNORECASE if ignore_case else 0) | re.DOTALL)


def _document(policy: Any) -> Any:
    version = next(item for item in policy.versions if item.version_id == policy.default_version_id)
    return version.document


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
