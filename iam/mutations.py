"""Every policy that is one step away from the one that Terraform made."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iam.audit import as_list, statements

# A service and accounts that none of the policies lets in.
_SERVICE, _ACCOUNT = "glue.amazonaws.com", "arn:aws:iam::999999999999:root"
# Every request has these: that one may be missing changes nothing. (One over plain HTTP has no version of TLS, and
# is denied for that.) IAM user guide, reference_policies_condition-keys; S3's list of keys.
_ALWAYS = (
    "aws:PrincipalArn",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "cloudwatch:namespace",
    "s3:TlsVersion",
)
_ANY_ARN = "arn:*:*:*:*:*"


@dataclass(frozen=True)
class Mutant:
    """A policy that is another one than Terraform made.

    Attributes:
        policy: the id of the policy that it stands for.
        sid: the statement that was changed.
        change: what was done to it.
        document: the policy then; None when the role has no such policy any more (a boundary).
        narrower: whether it allows less, so that somebody may lack something.
        about: patterns of the actions of the statement, before and after; nothing else can change.
        on: patterns of its resources, before and after; a statement without resources is about all.

    """

    policy: str
    sid: str
    change: str
    document: dict[str, Any] | None
    narrower: bool = False
    about: tuple[str, ...] = ("*",)
    on: tuple[str, ...] = ("*",)


def mutants(
    policy: str, document: Mapping[str, Any], own: str = "", others: Sequence[str] = ()
) -> Iterator[Mutant]:
    """Each statement removed, and widened in every way that a slip of the pen widens one.

    Args:
        policy: its id.
        document: the policy.
        own: the id of the project that it is of.
        others: ids of other projects.

    """
    for index, statement in enumerate(statements(document)):
        sid, denies = str(statement.get("Sid", f"statement {index + 1}")), statement["Effect"] == "Deny"
        for change, new in _changes(statement, own, others):
            if new is None and len(statements(document)) == 1:
                continue
            copied = copy.deepcopy(dict(document))
            copied["Statement"] = (
                [
                    *copied["Statement"][:index],
                    *([dict(new)] if new else []),
                    *copied["Statement"][index + 1 :],
                ]
                if isinstance(copied["Statement"], list)
                else ([dict(new)] if new else [])
            )
            yield Mutant(
                policy,
                sid,
                change,
                copied,
                narrower=denies or new is None,
                about=_both("Action", statement, new),
                on=_both("Resource", statement, new),
            )


def _both(element: str, old: Mapping[str, Any], new: Mapping[str, Any] | None) -> tuple[str, ...]:
    rows = [old, *([new] if new else [])]
    if any(element not in row for row in rows):
        return ("*",)
    return tuple(dict.fromkeys(item for row in rows for item in as_list(row[element])))


def _changes(
    statement: Mapping[str, Any], own: str, others: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    whole = dict(statement)
    yield "removed", None
    if statement["Effect"] == "Allow":
        yield from _wider(whole, own, others)
    elif len(as_list(statement.get("Action"))) > 1:
        for action in as_list(statement["Action"]):
            rest = [item for item in as_list(statement["Action"]) if item != action]
            yield f"without {action}", {**whole, "Action": rest}
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            yield f"without {operator} {key}", _with(whole, operator, key, None, None)
            if (wide := _anything(operator)) is not None and as_list(values) != [wide[1]]:
                yield f"{key} is anything", _with(whole, operator, key, wide[0], wide[1])
            if _needs_the_key(operator, key):
                yield f"{operator}IfExists {key}", _with(whole, operator, key, f"{operator}IfExists", values)
            elsewhere = _replaced(values, own, others)
            if statement["Effect"] == "Allow" and elsewhere:
                yield (
                    f"{key} also another project's",
                    _with(whole, operator, key, operator, [*as_list(values), *elsewhere]),
                )


def _wider(statement: dict[str, Any], own: str, others: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    principal = statement.get("Principal")
    resources = as_list(statement.get("Resource"))
    if principal is None:
        if resources and resources != ["*"]:
            yield "all resources", {**statement, "Resource": "*"}
        services = sorted({action.split(":")[0] for action in as_list(statement.get("Action"))})
        if services and services != ["*"]:
            yield "all actions", {**statement, "Action": [f"{service}:*" for service in services]}
    if elsewhere := _replaced(resources, own, others):
        yield "also another project's", {**statement, "Resource": [*resources, *elsewhere]}
    if principal is not None and principal != "*":
        known = {"AWS": principal} if isinstance(principal, str) else dict(principal)
        for what, kind, somebody in (
            ("another service", "Service", _SERVICE),
            ("another account", "AWS", _ACCOUNT),
        ):
            yield (
                f"also {what}",
                {**statement, "Principal": {**known, kind: [*as_list(known.get(kind)), somebody]}},
            )


def _with(
    statement: dict[str, Any], operator: str, key: str, new_operator: str | None, values: Any
) -> dict[str, Any]:
    conditions: dict[str, dict[str, Any]] = copy.deepcopy(statement["Condition"])
    del conditions[operator][key]
    if new_operator is not None:
        conditions.setdefault(new_operator, {})[key] = values
    left = {name: tests for name, tests in conditions.items() if tests}
    rest = {name: value for name, value in statement.items() if name != "Condition"}
    return {**rest, "Condition": left} if left else rest


def _anything(operator: str) -> tuple[str, str] | None:
    """An operator and a value that every value meets; None where the operator knows none."""
    qualifier, _, name = operator.rpartition(":")
    before = f"{qualifier}:" if qualifier else ""
    after = "IfExists" if name.endswith("IfExists") else ""
    if "Not" in name or name.startswith(("Bool", "Null", "Numeric", "Date", "IpAddress", "Binary")):
        return None
    return (f"{before}ArnLike{after}", _ANY_ARN) if name.startswith("Arn") else (f"{before}StringLike{after}", "*")


def _needs_the_key(operator: str, key: str) -> bool:
    """Whether a missing key fails the test; negated operators, and those for all values, are met by it."""
    met = operator.startswith(("ForAllValues:", "Null")) or "Not" in operator or operator.endswith("IfExists")
    return not met and key not in _ALWAYS


def _replaced(values: Any, own: str, others: Sequence[str]) -> list[str]:
    if not own:
        return []
    return [item.replace(own, other) for item in as_list(values) if own in item for other in others]
