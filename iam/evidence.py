"""The call log as evidence: what was asked of IAM, by whom, under which policies."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iam.engine import Question

# Package 1's roles, by the end of their names; longer ones first.
PLATFORM_ROLES = (
    "command-runner-log",
    "command-runner",
    "teardown-function",
    "teardown-build",
    "launch",
    "runner",
    "watch",
)
# Those of target-account-setup, in another account, by the end of their names.
TARGET_ROLES = ("deployment", "endpoint")
# What the local cloud itself puts into the account, in place of the organisation's own.
# The last one is what a data scientist makes for endpoints by hand (the deploy seed's README.md).
OWN_ROLES = ("studio-execution-role", "administrator", "OrganizationAccountAccessRole", "endpoints-by-hand")
# Whose records are looked at: the folders of tests that leave one. CI has the first.
SUITES = ("journey", "deployment", "life", "products")
# Of them, those who may do everything: IAM is not asked about their calls.
NOT_ASKED = ("administrator", "OrganizationAccountAccessRole")
# Codes with which services say that access is denied.
DENIALS = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError")
_PROJECT_ROLE = re.compile(r"ml-p-[a-z0-9]+-(?P<part>.+)")


@dataclass(frozen=True)
class Evidence:
    """A recorded question and where it comes from.

    Attributes:
        role: the kind of role that asked: roles of all projects with the same purpose are one.
        call: service and operation.
        question: what IAM has to decide.
        refused: whether the local cloud itself refused the call for lack of permission: it was not done.

    """

    role: str
    call: str
    question: Question
    refused: bool = False


Policies = tuple[tuple[str, ...], str | None]
"""Ids of a role's identity-based policies, and of its boundary."""


@dataclass
class Record:
    """One run of the local cloud.

    Attributes:
        documents: policies by id.
        evidence: the questions, in order.
        unknown: calls that could not be translated into questions, with the reason.
        policies: per kind of role, every set of policies it had: identity ids and boundary id.
        roles: the latest of them, by the role's ARN.
        calls: number of calls by the role's ARN.
        trust: the id of each role's trust policy at the end, by ARN.
        trusts: the service that has assumed a role, and the id of its trust policy, by the role's ARN.
        resources: the latest policy of a resource that has one, by ARN (of the bucket, for objects); also of those
            that nobody has asked for anything.
        region: where the calls went.

    """

    documents: dict[str, Any]
    evidence: list[Evidence] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    policies: dict[str, set[Policies]] = field(default_factory=dict)
    roles: dict[str, Policies] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    trust: dict[str, str] = field(default_factory=dict)
    trusts: dict[str, tuple[str, str]] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    region: str = ""

    def add(self, other: "Record") -> None:
        """Take another run's calls and policies along."""
        self.documents |= other.documents
        self.evidence += other.evidence
        self.unknown |= other.unknown
        for kind, sets in other.policies.items():
            self.policies.setdefault(kind, set()).update(sets)
        self.roles |= other.roles
        self.calls += other.calls
        self.trust |= other.trust
        self.trusts |= other.trusts
        self.resources |= other.resources

    def resource_policy(self, resource: str) -> str | None:
        """Id of the policy of a resource that the record knows."""
        return self.resources.get(_owner(resource))


def role_kind(role_arn: str) -> str:
    """The kind of a role: what it is for, without the project's id or the installation's name."""
    name = role_arn.rsplit("/", 1)[-1]
    if ":user/" in role_arn:
        return f"user {name}"
    if match := _PROJECT_ROLE.fullmatch(name):
        return f"project {match['part']}"
    if name.startswith("endpoints-by-hand-of-"):
        return "endpoints-by-hand"
    platform = next((kind for kind in PLATFORM_ROLES if name.endswith(f"-{kind}")), None)
    target = next((f"target {kind}" for kind in TARGET_ROLES if name.endswith(f"-{kind}")), None)
    return platform or target or name


def read(folder: Path) -> Record:
    """The record that a local cloud has left in its folder (``calls.jsonl``, ``policies.jsonl``)."""
    rows = list(_rows(folder / "policies.jsonl"))
    record = Record({row["id"]: row["document"] for row in rows if "id" in row})
    for row in rows:
        if "role" in row:
            _add_role(record, row)
    at_the_end = {row["resource"]: row["policy"] for row in rows if "resource" in row}
    for call in _rows(folder / "calls.jsonl"):
        asked = call.get("authorization") or {}
        name = f"{call['service']}:{call['operation']}"
        caller = call["role_arn"] or (call["principal"] if ":user/" in call["principal"] else None)
        if not asked:
            if caller is not None and caller.rsplit("/", 1)[-1] not in NOT_ASKED:
                record.unknown[f"{role_kind(caller)}: {name}"] = "IAM was not asked about it"
            continue
        role = role_kind(caller or call["parameters"]["RoleArn"])
        if "unknown" in asked:
            record.unknown[f"{role}: {name}"] = asked["unknown"]
            continue
        identity, boundary = tuple(asked["policies"]["identity"]), asked["policies"]["boundary"]
        if caller:
            record.policies.setdefault(role, set()).add((identity, boundary))
            record.roles[caller] = (identity, boundary)
            record.calls[caller] += 1
            record.region = call["region"]
        refused = str(call.get("error") or "").startswith(DENIALS)
        for item in asked["authorizations"]:
            asked_of = question(call, item)
            record.evidence.append(Evidence(role, name, asked_of, refused))
            if asked_of.resource_policy is not None and caller is None:
                record.trusts[asked_of.resource] = (call["principal"], asked_of.resource_policy)
                record.trust.setdefault(asked_of.resource, asked_of.resource_policy)
            elif asked_of.resource_policy is not None:
                _add_resource(record, _owner(asked_of.resource), asked_of.resource_policy)
    record.resources |= at_the_end
    return record


def read_all(folder: Path) -> dict[str, Record]:
    """The records of all suites, by the suite's name: each has a folder in ``folder``."""
    return {path.parent.name: read(path.parent) for path in sorted(folder.glob("*/calls.jsonl"))}


def merged(records: Iterable[Record]) -> Record:
    """All calls and policies of several runs as one record."""
    found = Record({})
    for record in records:
        found.add(record)
    return found


def _add_resource(record: Record, owner: str, policy: str) -> None:
    """A resource's latest policy; SNS's default, which a topic has before it is given one and after, is none."""
    default = record.documents.get(policy, {}).get("Id") == "__default_policy_ID"
    if default and owner in record.resources:
        return
    record.resources[owner] = policy


def _add_role(record: Record, row: Mapping[str, Any]) -> None:
    """A role as it stood at the end, whether or not it has asked for anything."""
    policies = (tuple(row["identity"]), row["boundary"])
    record.policies.setdefault(role_kind(row["role"]), set()).add(policies)
    record.roles[row["role"]] = policies
    record.trust[row["role"]] = row["trust"]
    (statement, *_) = record.documents[row["trust"]]["Statement"]
    if service := statement["Principal"].get("Service"):
        record.trusts[row["role"]] = (service, row["trust"])


def question(call: Mapping[str, Any], item: Mapping[str, Any]) -> Question:
    """A recorded authorization as a question, with the condition keys that every request has."""
    policies = call["authorization"]["policies"]
    parts = item["resource"].split(":")
    account = item.get("account") or (parts[4] if len(parts) > 4 else "") or call["account_id"]
    return Question(
        principal=call["principal"],
        action=item["action"],
        resource=item["resource"],
        account=account,
        context={
            **common_context(call, account),
            **call["authorization"].get("principal", {}),
            **item["context"],
        },
        identity=tuple(policies["identity"]),
        boundary=policies["boundary"],
        resource_policy=item["resource_policy"],
    )


def common_context(call: Mapping[str, Any], resource_account: str) -> dict[str, str | list[str]]:
    """Global condition keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.

    The local cloud speaks plain HTTP; AWS's clients come over TLS 1.2 or newer, which is what is said here.
    """
    context: dict[str, str | list[str]] = {
        "aws:SecureTransport": "true",
        "s3:TlsVersion": "1.3",
        "aws:RequestedRegion": call["region"],
        "aws:ResourceAccount": resource_account,
    }
    if call["role_arn"]:
        context |= {
            "aws:PrincipalArn": call["role_arn"],
            "aws:PrincipalAccount": call["account_id"],
            "aws:PrincipalType": "AssumedRole",
        }
    elif ":user/" in call.get("principal", ""):
        context |= {
            "aws:PrincipalArn": call["principal"],
            "aws:PrincipalAccount": call["account_id"],
            "aws:PrincipalType": "User",
            "aws:username": call["principal"].rsplit("/", 1)[-1],
        }
    return context


def _owner(resource: str) -> str:
    """The resource that has the policy: an object's bucket, a version's function."""
    parts = resource.split(":")
    if parts[2:3] == ["s3"]:
        return resource.split("/", 1)[0]
    return ":".join(parts[:7]) if parts[2:3] == ["lambda"] else resource


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
