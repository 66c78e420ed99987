"""What a resource's own policy lets a service do: a topic's, a queue's, a key's.

Just enough of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
for what such policies say about services. Conditions of other sorts count as met where they allow, and as not met
where they deny.
"""

import json
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


def permits(policy: Any, service: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a policy (JSON text or parsed) lets a service principal do something.

    Args:
        policy: the resource's policy; None or empty when it has none.
        service: such as ``events.amazonaws.com``.
        action: such as ``sns:Publish``.
        resource: the resource's ARN.
        context: values of condition keys (``aws:SourceArn``), without which a condition on that key is not met.

    """
    document = json.loads(policy) if isinstance(policy, str) and policy else policy
    known = {"aws:securetransport": "true", **{key.lower(): value for key, value in context.items()}}
    allowed = False
    for statement in _list((document or {}).get("Statement")):
        if not _is_about(statement.get("Principal"), service):
            continue
        if not (covers(statement, "Action", action) and covers(statement, "Resource", resource)):
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
            if not any(holds(value, str(pattern)) for pattern in _list(patterns)):
                return False
    return True


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
