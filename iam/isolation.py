"""What nobody may do, tried with every role's policies: the table of ``isolation.toml``."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from iam import forms, reference, statements
from iam.attempt import ALONE, DOCUMENTS, EVERYTHING, Attempt
from iam.engine import Decision, Engine, Question
from iam.evidence import Evidence, Record, common_context
from iam.forms import MalformedRowError
from iam.place import NoEvidenceError, Place, fill, place, places_of_products
from iam.strangers import strangers

_PATH = Path(__file__).with_name("isolation.toml")
_KINDS = ("attempt", "documented")
_MORE = {
    **dict.fromkeys(("roles", "trusts", "actions"), list),
    **dict.fromkeys(("resource", "principal", "service", "in"), str),
    **dict.fromkeys(("resources", "context", "allowed"), dict),
    **dict.fromkeys(("of_aws", "whatever_it_is_allowed", "own_source", "another_projects"), bool),
}
# Suites with two projects of one installation.
SUITES = ("journey", "deployment")
# Whose sessions carry the id of their project.
_TAGGED = ("project ", "target ")
STUDIO = "AmazonSageMakerFullAccess"


@cache
def table(path: Path = _PATH) -> dict[str, Any]:
    """The file: ``suites``, ``roles``, and the rows ``attempt`` and ``documented``.

    Raises:
        MalformedRowError: a row lacks something, or names a role or an action that there is not.

    """
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    forms.check_names(found, ("suites", "roles", *_KINDS), path.name)
    groups = found["roles"]
    for suite, names in found["suites"].items():
        forms.check_names(names, groups, f"{path.name}, suites, {suite}")
    known = {*groups, *(role for roles in groups.values() for role in roles)}
    for kind in _KINDS:
        for number, row in enumerate(found.get(kind, []), 1):
            where = f"{path.name}, [[{kind}]] {number}" + (f" ({row['what']})" if "what" in row else "")
            _check(row, where, known)
    return found


def _check(row: Mapping[str, Any], where: str, known: set[str]) -> None:
    forms.check(row, where, {"what": str}, _MORE)
    forms.check_names([row["in"]] if "in" in row else [], SUITES, where)
    forms.check_names((*row.get("roles", []), *row.get("trusts", [])), known, where)
    for key, reason in row.get("allowed", {}).items():
        role, action = _of_key(key)
        forms.check_names([role], known, where)
        if action is not None:
            forms.check_names([action], row.get("actions", []), where)
        if not (isinstance(reason, str) and reason.strip()):
            raise MalformedRowError(f"{where}: has no reason why {key} is allowed")
    forms.check_actions(row.get("actions", []), where)
    somebody = [name for name in ("roles", "trusts", "service") if name in row]
    if len(somebody) != 1:
        raise MalformedRowError(f"{where}: says with one of roles, trusts and service who does it")
    if "trusts" in row:
        if "principal" not in row:
            raise MalformedRowError(f"{where}: lacks principal")
    elif "actions" not in row or ("resource" in row) == ("resources" in row):
        raise MalformedRowError(f"{where}: needs actions, and either resource or resources")


def _of_key(key: str) -> tuple[str, str | None]:
    """A key of ``allowed``: a role or a group, and perhaps the only action."""
    role, _, action = key.rpartition(" ")
    return (role, action) if ":" in action else (key, None)


def of_suite(record: Record, suite: str) -> Iterator[Attempt]:
    """All that is tried with a suite's record: the table, where there are two projects, and by strangers."""
    if suite in SUITES:
        where = place(record, suite)
        yield from attempts(record, where)
        yield from strangers(record, where)
    elif suite == "products" and record.roles:
        for where in places_of_products(record):
            yield from strangers(record, where)


def attempts(record: Record, where: Place) -> Iterator[Attempt]:
    """Every row of the table, for every role that the suite has, and every action that the row names.

    A row's ``roles`` are those that it is about; the suite's others try it too, and are denied as well unless the
    row has a reason why they are ``allowed``. A role with a boundary tries it without it too. Only what is tried
    with every permission is tried by a row's ``roles`` alone.
    """
    rows = table()
    here = rows["suites"][where.suite]
    for row in rows["attempt"]:
        what = row["what"]
        if row.get("in", where.suite) != where.suite:
            continue
        for role in _expanded(row.get("trusts", []), rows["roles"], here):
            trust = str(record.documents[record.trust[_role(where, role)]])
            if not row.get("another_projects") or where.values["own"] in trust:
                asked = _assumption(record, where, row, role)
                for action in row.get("actions", [asked.action]):
                    yield Attempt(what, role, replace(asked, action=action))
        if "service" in row:
            for action in row["actions"]:
                yield Attempt(what, f"service {row['service']}", _service(record, where, row, action))
        reasons = _reasons(row, rows["roles"])
        everybody = here if "roles" in row and not row.get("whatever_it_is_allowed") else row.get("roles", [])
        for role in _expanded(everybody, rows["roles"], here):
            for action in row["actions"]:
                reason, asked = reasons.get((role, action)), _question(record, where, row, role, action)
                yield Attempt(what, role, asked, reason)
                if asked.boundary is not None and EVERYTHING not in asked.identity:
                    yield Attempt(what, f"{role}{ALONE}", replace(asked, boundary=None), reason)


def _reasons(row: Mapping[str, Any], groups: Mapping[str, list[str]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for key, reason in row.get("allowed", {}).items():
        name, only = _of_key(key)
        for role in groups.get(name, [name]):
            found |= {(role, action): reason for action in ([only] if only else row["actions"])}
    return found


def documented_calls(record: Record, suite: str) -> list[Evidence]:
    """What no journey shows: what AWS's services do (``documented``), and what statements are made for."""
    found = list(statements.calls(record, suite, of_projects=suite in SUITES))
    if suite not in SUITES:
        return found
    where = place(record, suite)
    rows = table()
    for row in rows["documented"]:
        if row.get("in", suite) != suite:
            continue
        for role in _expanded(row.get("roles", []), rows["roles"], rows["suites"][suite]):
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
    """A service asks for itself, which a resource's own policy alone decides about."""
    resource = fill(row["resource"], where)
    account = where.values["account"]
    call = {"region": record.region, "role_arn": None, "account_id": account}
    context = {key: fill(value, where) for key, value in row.get("context", {}).items()}
    return Question(
        principal=fill(row["service"], where),
        action=action,
        resource=resource,
        account=account,
        context={**common_context(call, account), **context},
        resource_policy=record.resource_policy(resource),
    )


def try_all(record: Record, suite: str, engine: Engine) -> list[tuple[Attempt, Decision]]:
    """Try the whole table, as far as it is about roles that the suite has."""
    found = list(of_suite(record, suite))
    documents = {**record.documents, **DOCUMENTS, STUDIO: studio_policy()}
    return list(zip(found, engine.ask_all([item.question for item in found], documents), strict=True))


def studio_policy() -> dict[str, Any]:
    """AWS's AmazonSageMakerFullAccess, as moto has it."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415 - megabytes of JSON

    document: dict[str, Any] = json.loads(aws_managed_policies_data)[STUDIO]["Document"]
    return document


def _question(record: Record, where: Place, row: Mapping[str, Any], role: str, action: str) -> Question:
    template = row.get("resource") or row["resources"].get(action) or row["resources"].get(role)
    resource = fill(template or row["resources"]["*"], where)
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
    context = tags | {key: fill(value, where) for key, value in row.get("context", {}).items()}
    owner = resource.split(":")[4] if resource.count(":") > 4 else ""
    if (
        not owner and account in resource
    ):  # buckets have no account in their ARNs; those of here have it in their names
        owner = account
    if not owner or row.get("of_aws"):  # whom AWS lets use its own things is AWS's matter
        owner = own_account
    return Question(
        principal=f"arn:aws:sts::{own_account}:assumed-role/{name}/attempt",
        action=action,
        resource=resource,
        account=owner,
        context={**common_context(call, owner), **context},
        identity=identity,
        boundary=boundary,
        resource_policy=_policy_of(record, action, resource),
    )


def _policy_of(record: Record, action: str, resource: str) -> str | None:
    """A resource's own policy. Of a key or a role that nobody knows, one that leaves it to IAM, as most do.

    Without one such a key or role would be nobody's, and every attempt at it denied for that.
    """
    if action == "sts:AssumeRole":
        trusting = next(
            (trust for arn, trust in record.trust.items() if arn.endswith(":role/administrator")), None
        )
        return record.trust.get(resource, trusting)
    place, key, _ = resource.partition(":key/")
    others = (policy for arn, policy in record.resources.items() if key and arn.startswith(f"{place}:key/"))
    return record.resource_policy(resource) or next(others, None)


def _assumption(record: Record, where: Place, row: Mapping[str, Any], role: str) -> Question:
    """Somebody takes a role. With ``own_source`` everything that its trust asks for is as it should be.

    With ``another_projects`` besides, another project's id stands in the place of the role's.

    A role that tries may do everything in its own account, so that the trust alone decides.
    """
    arn = _role(where, role)
    service, trust = record.trusts.get(arn, ("-", record.trust[arn]))
    account = arn.split(":")[4]
    principal = fill(row["principal"].replace("{service}", service), where)
    somebody = principal if principal.startswith("arn:") else None
    call = {"region": record.region, "role_arn": None, "account_id": account}
    context = (
        statements.terms(record.documents[trust]["Statement"], where.values["own"])
        if row.get("own_source")
        else {}
    )
    if somebody is not None:
        taken = somebody.split(":")
        own = f"arn:aws:iam::{taken[4]}:role/{taken[5].split('/')[1]}" if taken[5:] else somebody
        call |= {"role_arn": row.get("context", {}).get("aws:PrincipalArn", own), "account_id": taken[4]}
    if row.get("another_projects"):
        own, other = where.values["own"], where.values["other"]
        context = {key: value.replace(own, other) for key, value in context.items() if isinstance(value, str)}
    context |= {key: fill(value, where) for key, value in row.get("context", {}).items()}
    return Question(
        principal=principal,
        action="sts:AssumeRole",
        resource=arn,
        account=account,
        context={**common_context(call, account), **context},
        identity=(EVERYTHING,) if somebody is not None else (),
        resource_policy=trust,
    )


def _role(where: Place, role: str) -> str:
    if role not in where.roles:
        raise NoEvidenceError(f"The record has no role {role}.")
    return where.roles[role]


def _expanded(names: list[str], groups: Mapping[str, list[str]], here: list[str]) -> list[str]:
    found = dict.fromkeys(role for name in names for role in groups.get(name, [name]))
    known = {role for name in here for role in groups[name]}
    return [role for role in found if role in known]
