"""What stands in the braces of the room's tables: two projects of one installation, out of a suite's record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iam.evidence import Record, role_kind

_PROJECT = re.compile(r":role/.*/ml-(p-[a-z0-9]+)-execution$")
_ROLE_OF_A_PROJECT = re.compile(r":role/.*/ml-(p-[a-z0-9]+)-[\w-]+$")


class NoEvidenceError(Exception):
    """The record lacks what an attempt is about."""


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
    installation = _installation(record)
    name, short = installation["name"], installation["short"]
    projects = [
        (sum(f"/ml-{match[1]}-" in role for role in record.roles), record.calls[arn], match[1])
        for arn in record.roles
        if f":role/{name}/projects/" in arn and (match := _PROJECT.search(arn))
    ]
    if len(projects) < 2:
        raise NoEvidenceError("The record has fewer than two projects.")
    own, other = (identifier for *_, identifier in sorted(projects, reverse=True)[:2])
    values = {
        **installation,
        "own": own,
        "other": other,
        "pipeline": _resource(record, "sagemaker:StartPipelineExecution", f"-{own}").rsplit("/", 1)[-1],
        "secret": _resource(record, "secretsmanager:GetSecretValue", f":secret:{name}/"),
        "connection": _resource(record, "codeconnections:UseConnection", ":connection/"),
    }
    # The one that stands for its kind below: the last one.
    target = next((arn for arn in reversed(record.roles) if role_kind(arn) == "target deployment"), None)
    if target is not None:
        environment = target.removesuffix("-deployment").rsplit("-", 1)[-1]
        values |= {"target": target.split(":")[4], "target_role": target, "target_environment": environment}
        keys = (
            arn for arn in record.resources if arn.startswith(f"arn:aws:kms:{record.region}:{values['target']}:")
        )
        values["target_key"] = next(keys, "*")
    roles = {
        role_kind(arn): arn
        for arn in record.roles
        if f"/ml-{own}-" in arn or arn.rsplit("/", 1)[-1].startswith((f"{name}-", f"{short}-"))
    }
    return Place(suite, values, roles)


def places_of_products(record: Record) -> list[Place]:
    """The projects whose products bring Terraform of their own, each with its roles alone.

    Raises:
        NoEvidenceError: the record has no installation.

    """
    installation = _installation(record)
    found: dict[str, dict[str, str]] = {}
    for arn in record.roles:
        if match := _ROLE_OF_A_PROJECT.search(arn):
            found.setdefault(match[1], {})[role_kind(arn)] = arn
    return [Place("products", {**installation, "own": own}, roles) for own, roles in sorted(found.items())]


def _installation(record: Record) -> dict[str, str]:
    """What one package 1 is called, and where it is; of several, the one whose runner has made most calls."""
    runners = {
        arn.rsplit("/", 1)[-1].removesuffix("-runner"): record.calls[arn]
        for arn in record.roles
        if arn.endswith("-runner")
    }
    if not runners:
        raise NoEvidenceError("The record has no runner.")
    name = max(runners, key=lambda item: runners[item])
    account, short = next(iter(record.roles)).split(":")[4], name.replace("sagemaker", "ml")
    key = next(
        (
            question.resource
            for question in (item.question for item in record.evidence)
            if question.action == "kms:Decrypt" and f"{short}-state-" in str(question.context)
        ),
        None,
    )
    if key is None:
        raise NoEvidenceError(f"No call of the record was kms:Decrypt for the states of {name}")
    return {
        "name": name,
        "account": account,
        "region": record.region,
        "state": f"{short}-state-{account}-{record.region}",
        "short": short,
        "teardown": f"{short}-teardown",
        "boundary": f"arn:aws:iam::{account}:policy/{name}-project-boundary",
        "key": key,
    }


def of_place(resource: str, where: Place) -> bool:
    """Whether a resource is the project's, or its installation's."""
    values = where.values
    own = [f":ml-{values['own']}-", f":{values['name']}-", f":{values['key'].split(':', 5)[-1]}"]
    own += [f":{values['short']}-"] if "short" in values else []
    return any(part in resource for part in own)


def fill(template: Any, where: Place) -> Any:
    """A template, or a list of them, with the values in place of the braces."""
    if isinstance(template, list):
        return [fill(item, where) for item in template]
    for name, value in where.values.items():
        template = template.replace("{" + name + "}", value)
    return template


def _resource(record: Record, action: str, part: str) -> str:
    for item in record.evidence:
        if item.question.action == action and part in item.question.resource:
            return item.question.resource
    raise NoEvidenceError(f"No call of the record was {action} on a {part}")
