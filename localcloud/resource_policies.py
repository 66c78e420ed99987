"""What a resource's own policy lets a service do: a topic's, a queue's, a key's.

Just enough of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
for what such policies say about services. Conditions of other sorts count as met where they allow, and as not met
where they deny.
"""

import json
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from localcloud.policies import covers

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "Bool": lambda value, pattern: value.lower() == pattern.lower(),
    "StringEquals": lambda value, pattern: value == pattern,
    "StringLike": fnmatchcase,
}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def permits_caller(policy: Any, callers: set[str], action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a policy lets an account's principal do something.

    Args:
        policy: the resource's policy; None or empty when it has none.
        callers: what a policy may call the principal: its ARNs, its account.
        action: such as ``s3:GetObject``.
        resource: the resource's ARN.
        context: values of condition keys (``aws:PrincipalArn``); a condition on another key is not met.

    """

    def is_about(principal: Any) -> bool:
        given = ["*"] if principal == "*" else _list(principal.get("AWS")) if isinstance(principal, dict) else []
        return any(name == "*" or name in callers for name in given)

    return _allowed(policy, is_about, action, resource, context)


def permits(policy: Any, service: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a policy (JSON text or parsed) lets a service principal do something.

    Args:
        policy: the resource's policy; None or empty when it has none.
        service: such as ``events.amazonaws.com``.
        action: such as ``sns:Publish``.
        resource: the resource's ARN.
        context: values of condition keys (``aws:SourceArn``), without which a condition on that key is not met.

    """
    return _allowed(policy, lambda principal: _is_about(principal, service), action, resource, context)


def _allowed(
    policy: Any, is_about: Callable[[Any], bool], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    document = json.loads(policy) if isinstance(policy, str) and policy else policy
    known = {"aws:securetransport": "true", **{key.lower(): value for key, value in context.items()}}
    allowed = False
    for statement in _list((document or {}).get("Statement")):
        if not is_about(statement.get("Principal")):
            continue
        # A trust policy is about the role it belongs to, and names no resource.
        about = "Resource" not in statement and "NotResource" not in statement
        if not (covers(statement, "Action", action) and (about or covers(statement, "Resource", resource))):
            continue
        denies = statement["Effect"] == "Deny"
        if not _met(statement.get("Condition") or {}, known, unknown=not denies):
            continue
        if denies:
            return False
        allowed = True
    return allowed


def _is_about(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    return "*" in _list(principal.get("AWS")) or any(
        name in ("*", service) for name in _list(principal.get("Service"))
    )


def _met(conditions: Mapping[str, Mapping[str, Any]], known: Mapping[str, str], *, unknown: bool) -> bool:
    for operator, tests in conditions.items():
        holds = _OPERATORS.get(operator.removesuffix("IfExists"))
        if holds is None:
            if not unknown:
                return False
            continue
        for key, patterns in tests.items():
            value = known.get(key.lower())
            if value is None:
                if operator.endswith("IfExists"):
                    continue
                return False
            given = [_filled_in(str(pattern), known) for pattern in _list(patterns)]
            if not any(pattern is not None and holds(value, pattern) for pattern in given):
                return False
    return True


def _filled_in(pattern: str, known: Mapping[str, str]) -> str | None:
    """A pattern with its variables (``${aws:PrincipalTag/team}``) filled in; None when one has no value.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    names = [name.lower() for name in _VARIABLE.findall(pattern)]
    if any(name not in known for name in names):
        return None
    return _VARIABLE.sub(lambda found: known[found[1].lower()], pattern)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
