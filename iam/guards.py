"""What each permission depends on: recorded calls with one circumstance changed, which IAM then has to deny.

A call that a role needs is repeated on something of somebody else's, and with each condition key changed and left
out. Where a policy looks at that circumstance, the answer becomes a denial. ``guards.toml`` lists where it has to,
and ``python -m iam.guards`` writes it anew: a condition that is dropped or a resource that is widened contradicts
it.
"""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from iam import evidence, forms, isolation
from iam.engine import Engine, Question
from iam.evidence import OWN_ROLES, Evidence, Record
from iam.forms import MalformedRowError

_PATH = Path(__file__).with_name("guards.toml")
_HEAD = """\
# On what each permission depends. Keys are roles, actions and kinds of resources; values are what may not be
# otherwise: the `resource`, another `project`'s resource, and condition keys, which are changed or left out
# (`without`); after `boundary:` for a role that may do everything within its boundary. Each is tried with calls of
# the journeys, and has to be denied (docs/adr/0150). `python -m iam.guards` writes this file: a line that it would
# take away is something that a policy no longer asks for.
"""
SAMPLES = 3
RESOURCE, PROJECT, WITHOUT, BOUNDARY = "resource", "project", "without ", "boundary: "
_WHAT = re.compile(rf"(?:{BOUNDARY})?(?:{RESOURCE}|{PROJECT}|(?:{WITHOUT})?[\w-]+:\S+)")
_NOBODY = "somebody-elses"
_NO_ACCOUNT = "999999999999"
_OTHER_PROJECT = "p-00000000other"
_PROJECT_ID = re.compile(r"p-[a-z0-9]{8,17}(?![a-z0-9])")
_NOISE = re.compile(
    r"(?<=-job/)pipelines-[\w-]+|(?<=scalable-target/)[0-9a-z]{30,}|(?<=-data-quality-)[0-9a-f]{8}$"
    r"|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,}|\d{8,}T?\w*|(?<=[-/_:])i-\w+"
)
# Circumstances that say nothing about what is asked for, or that the simulator knows by itself.
_UNCHANGED = (
    "aws:PrincipalA",
    "aws:PrincipalType",
    "aws:SecureTransport",
    "s3:TlsVersion",
    "aws:RequestedRegion",
    "aws:TagKeys",
    "aws:CalledVia",
)

Guard = tuple[str, str, str, str]
"""Role, action, kind of resource, and what may not be otherwise."""


@dataclass(frozen=True)
class Change:
    """A recorded call with one circumstance changed."""

    guard: Guard
    question: Question


def changes(record: Record, documented: Iterable[Evidence] = ()) -> Iterator[Change]:
    """Every change of some calls of each kind: those of the record, and those that AWS documents."""
    taken: dict[tuple[Any, ...], set[tuple[str, str]]] = defaultdict(set)
    for item in chain(record.evidence, documented):
        asked = item.question
        if item.refused or item.role in OWN_ROLES:
            continue
        kind = kind_of(asked.resource)
        policies = (asked.identity, asked.boundary, asked.resource_policy)
        samples = taken[(item.role, asked.action, kind, *sorted(asked.context))]
        sample = (asked.resource, str(policies))
        if sample in samples or len(samples) >= SAMPLES:
            continue
        samples.add(sample)
        for what, question in _changed(record, asked, of_project=item.role.startswith("project ")):
            # Each layer by itself: what one of them lets through, the other one would hide.
            yield Change((item.role, asked.action, kind, what), replace(question, boundary=None))
            if question.boundary is not None:
                bounded = replace(question, identity=(isolation.EVERYTHING,))
                yield Change((item.role, asked.action, kind, f"{BOUNDARY}{what}"), bounded)


def _changed(record: Record, asked: Question, *, of_project: bool) -> Iterator[tuple[str, Question]]:
    if asked.action == "sts:AssumeRole" and not asked.identity:  # a service takes a role: the role is what it is
        pass
    elif asked.resource != "*":
        yield RESOURCE, _elsewhere(record, asked, somebody_elses(asked.resource))
        if of_project and _PROJECT_ID.search(asked.resource):
            yield PROJECT, _elsewhere(record, asked, _PROJECT_ID.sub(_OTHER_PROJECT, asked.resource))
    for key, value in asked.context.items():
        if key.startswith(_UNCHANGED):
            continue
        other = _NO_ACCOUNT if key.endswith("Account") else _NOBODY
        yield key, replace(asked, context={**asked.context, key: [other] if isinstance(value, list) else other})
        left = {name: text for name, text in asked.context.items() if name != key}
        yield f"{WITHOUT}{key}", replace(asked, context=left)


def _elsewhere(record: Record, asked: Question, resource: str) -> Question:
    if ":kms:" in resource:  # a key without a policy is nobody's: this one's leaves it to IAM, as most do
        return replace(asked, resource=resource)
    return replace(asked, resource=resource, resource_policy=record.resource_policy(resource))


def somebody_elses(resource: str) -> str:
    """The ARN of a resource of the same kind with a name that nobody here has given."""
    *place, name = resource.split(":", 5)
    if place[2] == "s3":
        bucket, slash, key = name.partition("/")
        del bucket
        return ":".join([*place, _NOBODY + slash + key])
    kind = re.match(r"[a-z-]+[/:]", name)
    if kind is None:
        return ":".join([*place, _NOBODY])
    rest = name[kind.end() :]
    tail = re.search(r":log-stream:.*$|/execution/.*$|/\d+$", rest)
    return ":".join([*place, kind[0] + _NOBODY + (tail[0] if tail else "")])


def kind_of(resource: str) -> str:
    """A resource without what differs between projects, runs and accounts."""
    if resource.count(":") < 5:
        return resource
    *_, service, _, _, name = resource.split(":", 5)
    name = re.sub(r"[\w-]*" + _PROJECT_ID.pattern, "{project}", name)
    name = _NOISE.sub("*", name)
    if service == "s3":
        bucket, _, key = name.partition("/")
        bucket = re.sub(r"-\*-[a-z]+-[a-z]+-\d", "", bucket)
        return f"{service}:{bucket}" + (f"/{key.split('/', 1)[0]}" if key else "")
    if service == "iam":
        return f"{service}:{name.split('/', 1)[0]}/{name.rsplit('/', 1)[-1]}"
    parts = [part for part in re.split(r"[/:]", name.split(":log-stream:")[0]) if part]
    return f"{service}:" + "/".join(parts[: 4 if service == "logs" else 2])


def hold(found: Iterable[Change], engine: Engine, documents: Mapping[str, Any]) -> dict[Guard, bool]:
    """For each guard whether all changes are denied."""
    listed = list(found)
    documents = {**documents, **isolation.DOCUMENTS}
    held: dict[Guard, bool] = {}
    for change, decision in zip(
        listed, engine.ask_all([item.question for item in listed], documents), strict=True
    ):
        denied = not decision.allowed and decision.error is None
        held[change.guard] = held.get(change.guard, True) and denied
    return held


def contradicted(records: Mapping[str, Record], engine: Engine) -> tuple[int, list[Guard]]:
    """How many of the listed guards the records try, and those that do not hold."""
    listed = read()
    held: dict[Guard, bool] = {}
    for suite, record in records.items():
        documented = isolation.documented_calls(record, suite)
        tried = (change for change in changes(record, documented) if change.guard in listed)
        for guard, holds in hold(tried, engine, record.documents).items():
            held[guard] = held.get(guard, True) and holds
    return len(held), sorted(guard for guard, holds in held.items() if not holds)


def read(path: Path = _PATH) -> set[Guard]:
    """The guards that have to hold.

    Raises:
        MalformedRowError: a line is not about a call, or names what no call has.

    """
    found: set[Guard] = set()
    for role, calls in tomllib.loads(path.read_text(encoding="utf-8")).items():
        forms.check(
            calls, f"{path.name}, {role}", {}, dict.fromkeys(calls, list) if isinstance(calls, dict) else {}
        )
        for call, whats in calls.items():
            place = f"{path.name}, {role}, {call}"
            action, _, kind = call.partition(" ")
            forms.check_actions([action], place)
            if not kind:
                raise MalformedRowError(f"{place}: says of no kind of resource")
            for what in whats:
                if not _WHAT.fullmatch(what):
                    raise MalformedRowError(f"{place}: {what} is neither resource, project nor a condition key")
                found.add((role, action, kind, what))
    return found


def lines(guards: Iterable[Guard]) -> Iterator[str]:
    """The file's text."""
    roles: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for role, action, kind, what in sorted(guards):
        roles[role][f"{action} {kind}"].append(what)
    yield _HEAD
    for role, calls in roles.items():
        yield f'["{role}"]'
        for call, whats in calls.items():
            yield f'"{call}" = [{", ".join(f"{chr(34)}{what}{chr(34)}" for what in whats)}]'
        yield ""


def main(
    records: Annotated[Path, typer.Option(help="Folder with a folder for each suite whose calls were recorded.")],
) -> None:
    """Write guards.toml anew; what the records do not show stays."""
    held: dict[Guard, bool] = {}
    with Engine() as engine:
        for suite, record in evidence.read_all(records).items():
            found = changes(record, isolation.documented_calls(record, suite))
            for guard, holds in hold(found, engine, record.documents).items():
                held[guard] = held.get(guard, True) and holds
    known = read() if _PATH.exists() else set()
    new = {guard for guard, holds in held.items() if holds}
    kept = {guard for guard in known if guard not in held}
    for guard in sorted(known - new - kept):
        typer.echo(f"no longer: {' '.join(guard)}")
    for guard in sorted(new - known):
        typer.echo(f"new: {' '.join(guard)}")
    _PATH.write_text("\n".join(lines(new | kept)), encoding="utf-8")
    sys.exit(0)


if __name__ == "__main__":
    typer.run(main)
