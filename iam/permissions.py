"""Every policy in words: what ``docs/permissions.md`` says was reviewed, against what Terraform made.

``python -m iam.permissions`` writes the page anew out of the records. ``make iam`` compares the two statement by
statement: a statement that was added, removed or changed is a difference that somebody has to read.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from iam import evidence, isolation
from iam.audit import PRODUCT_POLICIES, as_list, policy_name, statements
from iam.evidence import OWN_ROLES, Record
from iam.place import Place, of_place, place, places_of_products

PAGE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
_HEAD = """# Roles and their permissions

Written by `python -m iam.permissions` from the policies that Terraform made in the journeys of the tests;
`make iam` compares them with this page, statement by statement. `{project}` is a project's id, `{name}` package
1's variable `name`. What each permission is needed for says `make iam VERBOSE=1`; what nobody may do is in
[`iam/isolation.toml`](../iam/isolation.toml).
"""
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|(?<=/subnet-)[0-9a-f]{8,17}|(?<=/sg-)[0-9a-f]{8,17}")

Sections = dict[str, list[str]]
"""Titles, and the lines below each."""


def sections(record: Record, where: Place) -> Sections:
    """A section for each role of a project and its installation, each boundary, each resource with a policy."""
    return _of_roles(record, where) | {
        f"Resource: {resource_name(resource, where)}": rows("own policy", record.documents[policy], where)
        for resource, policy in sorted(record.resources.items())
        if of_place(resource, where)
    }


def resource_name(resource: str, where: Place) -> str:
    """A resource without what differs between accounts and projects."""
    return _text(resource, where).split(":", 2)[-1]


def _of_roles(record: Record, where: Place) -> Sections:
    found: Sections = {}
    boundaries: dict[str, str] = {}
    for kind, arn in sorted(where.roles.items()):
        if kind in OWN_ROLES:
            continue
        identity, boundary = record.roles[arn]
        lines = rows("trusts", record.documents[record.trust[arn]], where)
        for policy in sorted(identity, key=policy_name):
            lines += rows(policy_name(policy), record.documents[policy], where)
        if boundary is not None:
            boundaries[policy_name(boundary)] = boundary
            lines.append(f"| boundary | | {policy_name(boundary)} | | |")
        found[f"Role: {kind}"] = lines
    for name, boundary in sorted(boundaries.items()):
        found[f"Boundary: {name}"] = rows(name, record.documents[boundary], where)
    return found


def sections_of_products(record: Record) -> Sections:
    """Products with Terraform of their own: their projects' roles, and what the runner may do for them."""
    found: Sections = {}
    for where in places_of_products(record):
        shown = _of_roles(record, where)
        for identifier, document in record.documents.items():
            policy = policy_name(identifier)
            if policy in PRODUCT_POLICIES and policy.endswith("-runner"):
                shown[f"Policy: {policy}"] = rows(policy, document, where)
        for title, lines in shown.items():
            known = found.setdefault(title, [])
            known += [line for line in lines if line not in known]
    return found


def rows(policy: str, document: Mapping[str, Any], where: Place) -> list[str]:
    """A table's rows: one for each statement."""
    return [row(policy, statement, where) for statement in statements(document)]


def row(policy: str, statement: Mapping[str, Any], where: Place) -> str:
    """One statement as a row: policy, Sid, actions, resources, circumstances."""
    who = statement.get("Principal")
    effect = "" if statement["Effect"] == "Allow" else "**denies** "
    actions = [
        *as_list(statement.get("Action")),
        *(f"all but {item}" for item in as_list(statement.get("NotAction"))),
    ]
    resources = [
        *as_list(statement.get("Resource")),
        *(f"all but {x}" for x in as_list(statement.get("NotResource"))),
    ]
    circumstances = [
        f"{key} {operator} {' or '.join(sorted(map(str, as_list(values))))}"
        for operator, keys in sorted((statement.get("Condition") or {}).items())
        for key, values in sorted(keys.items())
    ]
    if who is not None:
        circumstances.insert(0, f"by {who if isinstance(who, str) else json.dumps(who, sort_keys=True)}")
    if statement.get("NotPrincipal") is not None:
        circumstances.insert(0, f"by all but {json.dumps(statement['NotPrincipal'], sort_keys=True)}")
    cells = [
        policy,
        str(statement.get("Sid", "")),
        effect + ", ".join(sorted(actions)),
        "<br>".join(sorted(resources)),
        "<br>".join(circumstances),
    ]
    return "| " + " | ".join(_text(cell, where).replace("|", "\\|") for cell in cells) + " |"


def _text(text: str, where: Place) -> str:
    """A text without what differs between accounts, projects and runs."""
    values = where.values
    named = {
        **{values[name]: f"{{{name}}}" for name in ("secret", "connection", "key") if name in values},
        values["own"]: "{project}",
        values["account"]: "{account}",
        values["region"]: "{region}",
    }
    if "target" in values:
        named[values["target"]] = "{target account}"
    for value, name in named.items():
        text = text.replace(value, name)
    text = re.sub(
        r"[\w-]+-\{project\}", lambda match: match[0] if match[0].startswith("ml-") else "*-{project}", text
    )
    short = values["name"].replace("sagemaker", "ml")
    text = re.sub(rf"(?<![\w-])(?:{re.escape(values['name'])}|{re.escape(short)})(?![\w])", "{name}", text)
    text = re.sub(r"(FullRepositoryId \S+) \S+", r"\1 {repository}", text)
    text = re.sub(r"(:secret:[\w/+=.@-]*-)[A-Za-z0-9]{6}(?![\w-])", r"\1<id>", text)
    return _ID.sub("<id>", text)


def page(found: Mapping[str, list[str]]) -> str:
    """The page's text."""
    text = [_HEAD]
    for title, lines in found.items():
        text += [
            f"## {title}",
            "",
            "| policy | statement | what | on what | when |",
            "|---|---|---|---|---|",
            *lines,
            "",
        ]
    return "\n".join(text)


def read(path: Path = PAGE) -> Sections:
    """The page's sections."""
    found: Sections = {}
    title = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
            found[title] = []
        elif title and line.startswith("| ") and not line.startswith("| policy |"):
            found[title].append(line)
    return found


def differences(reviewed: Sections, found: Sections) -> Iterator[str]:
    """What differs between the page and the policies, in the sections that were found."""
    for title, lines in found.items():
        known = reviewed.get(title, [])
        yield from (f"{title}: not on the page: {line}" for line in lines if line not in known)
        yield from (f"{title}: on the page only: {line}" for line in known if line not in lines)


def of_suite(suite: str, record: Record) -> Sections:
    """The sections of one suite; none of one that has neither two projects of an installation nor products."""
    if suite == "products":
        return sections_of_products(record)
    return sections(record, place(record, suite)) if suite in isolation.SUITES else {}


def of_records(records: Mapping[str, Record]) -> Sections:
    """The sections of all suites; of what the journey has too, what a deployment adds to it."""
    found: Sections = {}
    for suite in isolation.SUITES:
        if suite in records:
            for title, lines in of_suite(suite, records[suite]).items():
                more = [line for line in lines if line not in found.get(title, [])]
                if more:
                    found[f"{title}, {suite}" if title in found else title] = more
    if "products" in records:
        found |= of_suite("products", records["products"])
    return dict(sorted(found.items()))


def main(
    records: Annotated[Path, typer.Option(help="Folder with a folder for each suite whose calls were recorded.")],
) -> None:
    """Write docs/permissions.md anew; sections that the records do not show stay."""
    found = of_records(evidence.read_all(records))
    known = read() if PAGE.exists() else {}
    for line in differences(known, found):
        typer.echo(line)
    PAGE.write_text(page(dict(sorted((known | found).items()))), encoding="utf-8")
    sys.exit(0)


if __name__ == "__main__":
    typer.run(main)
