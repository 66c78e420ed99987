"""What nobody may do, tried with every role's policies: the table of ``isolation.toml``."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iam import reference
from iam.engine import Decision, Engine, Question
from iam.evidence import Evidence, Record, common_context, role_kind

_PATH = Path(__file__).with_name("isolation.toml")
# Suites with two projects of one installation.
SUITES = ("journey", "deployment")
# Whose sessions carry the id of their project.
_TAGGED = ("project ", "target ")
STUDIO = "AmazonSageMakerFullAccess"
_PROJECT = re.compile(r":role/.*/ml-(p-[a-z0-9]+)-execution$")


# What a role could do if its policy allowed everything: its boundary alone, or what is denied, decides then.
EVERYTHING = "everything"
DOCUMENTS = {
    EVERYTHING: {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
}


class NoEvidenceError(Exception):
    """The record lacks what an attempt is about."""


@dataclass(frozen=True)
class Attempt:
    """One try of one role."""

    what: str
    role: str
    question: Question


@dataclass(frozen=True)
class Place:
    """The values that stand in the table's braces."""

    suite: str
    values: Mapping[str, str]
    roles: Mapping[str, str]
    """Kinds of roles, and the ARN of the one that tries."""


def place(record: Record, suite: str) -> Place:
    """Two projects of one installation, as a suite's record has them.

    Raises:
        NoEvidenceError: the record has no two projects, or lacks one of the things that attempts are about.

    """
    names = Counter(
        arn.rsplit("/", 1)[-1].removesuffix("-runner") for arn in record.roles if arn.endswith("-runner")
    )
    runners = {name: record.calls[f"arn:aws:iam::{_account(record)}:role/{name}-runner"] for name in names}
    if not runners:
        raise NoEvidenceError("The record has no runner.")
    name = max(runners, key=lambda item: runners[item])
    projects = [
        (sum(f"/ml-{match[1]}-" in role for role in record.roles), record.calls[arn], match[1])
        for arn in record.roles
        if f":role/{name}/projects/" in arn and (match := _PROJECT.search(arn))
    ]
    if len(projects) < 2:
        raise NoEvidenceError("The record has fewer than two projects.")
    own, other = (identifier for *_, identifier in sorted(projects, reverse=True)[:2])
    account = _account(record)
    short = name.replace("sagemaker", "ml")
    values = {
        "own": own,
        "other": other,
        "name": name,
        "account": account,
        "region": record.region,
        "state": f"{name}-state-{account}-{record.region}",
        "short": short,
        "teardown": f"{short}-teardown",
        "pipeline": _resource(record, "sagemaker:StartPipelineExecution", f"-{own}").rsplit("/", 1)[-1],
        "boundary": f"arn:aws:iam::{account}:policy/{name}-project-boundary",
        "secret": _resource(record, "secretsmanager:GetSecretValue", f":secret:{name}/"),
        "connection": _resource(record, "codeconnections:UseConnection", ":connection/"),
        "key": next(
            question.resource
            for question in (item.question for item in record.evidence)
            if question.action == "kms:Decrypt" and f"{name}-state-" in str(question.context)
        ),
    }
    target = next((arn for arn in record.roles if role_kind(arn) == "target deployment"), None)
    if target is not None:
        values |= {"target": target.split(":")[4], "target_role": target}
    roles = {
        role_kind(arn): arn
        for arn in record.roles
        if f"/ml-{own}-" in arn or arn.rsplit("/", 1)[-1].startswith((f"{name}-", f"{short}-"))
    }
    return Place(suite, values, roles)


def attempts(record: Record, where: Place) -> Iterator[Attempt]:
    """Every row of the table, for every role and action that it names."""
    table = tomllib.loads(_PATH.read_text(encoding="utf-8"))
    here = table["suites"][where.suite]
    for row in table["attempt"]:
        for role in _expanded(row.get("trusts", []), table["roles"], here):
            yield Attempt(row["what"], role, _assumption(record, where, row, role))
        for role in _expanded(row.get("roles", []), table["roles"], here):
            spared = row.get("except", {}).get(role, [])
            for action in row.get("actions", []):
                if action not in spared:
                    yield Attempt(row["what"], role, _question(record, where, row, role, action))


def documented_calls(record: Record, suite: str) -> list[Evidence]:
    """What AWS's services do according to AWS's pages, and no journey shows: the table's ``documented``."""
    if suite not in SUITES:
        return []
    where = place(record, suite)
    table = tomllib.loads(_PATH.read_text(encoding="utf-8"))
    found = []
    for row in table["documented"]:
        for role in _expanded(row.get("roles", []), table["roles"], table["suites"][suite]):
            for action in row["actions"]:
                asked = _question(record, where, row, role, action)
                found.append(Evidence(role, f"documented: {row['what']}", asked))
        if "service" in row:
            found.extend(
                Evidence(f"service {row['service']}", row["what"], _service(record, where, row, action))
                for action in row["actions"]
            )
    return found


def _service(record: Record, where: Place, row: Mapping[str, Any], action: str) -> Question:
    resource = _fill(row["resource"], where)
    account = where.values["account"]
    call = {"region": record.region, "role_arn": None, "account_id": account}
    context = {key: _fill(value, where) for key, value in row.get("context", {}).items()}
    return Question(
        principal=_fill(row["service"], where),
        action=action,
        resource=resource,
        account=account,
        context={**common_context(call, account), **context},
        resource_policy=record.resource_policy(resource),
    )


def try_all(record: Record, suite: str, engine: Engine) -> list[tuple[Attempt, Decision]]:
    """Try the whole table, as far as it is about roles that the suite has."""
    where = place(record, suite)
    found = list(attempts(record, where))
    documents = {**record.documents, **DOCUMENTS, STUDIO: studio_policy()}
    return list(zip(found, engine.ask_all([item.question for item in found], documents), strict=True))


def studio_policy() -> dict[str, Any]:
    """AWS's AmazonSageMakerFullAccess, as moto has it."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415 - megabytes of JSON

    document: dict[str, Any] = json.loads(aws_managed_policies_data)[STUDIO]["Document"]
    return document


def _question(record: Record, where: Place, row: Mapping[str, Any], role: str, action: str) -> Question:
    template = row.get("resource") or row["resources"].get(action) or row["resources"].get(role)
    resource = _fill(template or row["resources"]["*"], where)
    if not reference.resource_types(action):
        resource = "*"
    account = where.values["account"]
    studio = role == "studio"
    arn = f"arn:aws:iam::{account}:role/service-role/studio-execution-role" if studio else _role(where, role)
    identity, boundary = ((STUDIO,), None) if studio else record.roles[arn]
    if row.get("whatever_it_is_allowed"):
        identity = (*identity, EVERYTHING)
    name, own_account = arn.rsplit("/", 1)[-1], arn.split(":")[4]
    call = {"region": record.region, "role_arn": arn, "account_id": own_account}
    tags = {"aws:PrincipalTag/sagemaker:project-id": where.values["own"]} if role.startswith(_TAGGED) else {}
    context = tags | {key: _fill(value, where) for key, value in row.get("context", {}).items()}
    owner = resource.split(":")[4] if resource.count(":") > 4 else ""
    if row.get("of_aws"):  # whom AWS lets use its own things is AWS's matter
        owner = account
    return Question(
        principal=f"arn:aws:sts::{own_account}:assumed-role/{name}/attempt",
        action=action,
        resource=resource,
        account=owner or account,
        context={**common_context(call, account), **context},
        identity=identity,
        boundary=boundary,
        resource_policy=record.resource_policy(resource),
    )


def _assumption(record: Record, where: Place, row: Mapping[str, Any], role: str) -> Question:
    arn = _role(where, role)
    service, trust = record.trusts[arn]
    account = where.values["account"]
    call = {"region": record.region, "role_arn": None, "account_id": account}
    context = {key: _fill(value, where) for key, value in row.get("context", {}).items()}
    return Question(
        principal=row["principal"].replace("{service}", service),
        action="sts:AssumeRole",
        resource=arn,
        account=account,
        context={**common_context(call, account), **context},
        resource_policy=trust,
    )


def _role(where: Place, role: str) -> str:
    if role not in where.roles:
        raise NoEvidenceError(f"The record has no role {role}.")
    return where.roles[role]


def _fill(template: Any, where: Place) -> Any:
    if isinstance(template, list):
        return [_fill(item, where) for item in template]
    for name, value in where.values.items():
        template = template.replace("{" + name + "}", value)
    return template


def _expanded(names: list[str], groups: Mapping[str, list[str]], here: list[str]) -> list[str]:
    found = dict.fromkeys(role for name in names for role in groups.get(name, [name]))
    known = {role for name in here for role in groups[name]}
    return [role for role in found if role in known]


def _account(record: Record) -> str:
    return next(iter(record.roles)).split(":")[4]


def _resource(record: Record, action: str, part: str) -> str:
    for item in record.evidence:
        if item.question.action == action and part in item.question.resource:
            return item.question.resource
    raise NoEvidenceError(f"No call of the record was {action} on a {part}")
