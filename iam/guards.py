"""What each permission depends on: recorded calls with one circumstance changed, which IAM then has to deny.

A call that a role needs is repeated on something of somebody else's, and with each condition key changed and left
out. Where a policy looks at that circumstance, the answer becomes a denial. The files of ``guards`` list per suite
where it has to, and ``python -m iam.guards`` writes them anew: a condition that is dropped or a resource that is
widened contradicts them. What is listed and not tried is an error too, unless ``seldom.toml`` says why it may be.
"""

import json
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

from iam import evidence, forms, isolation, refused
from iam.attempt import DOCUMENTS, EVERYTHING
from iam.engine import Engine, Question
from iam.evidence import OWN_ROLES, Evidence, Record
from iam.forms import MalformedRowError

FOLDER = Path(__file__).with_name("guards")
_SELDOM = "seldom.toml"
# Those that must have a file.
SUITES = ("journey", "deployment", "products")
_HEAD = """\
# On what each permission depends. Keys are roles, actions and kinds of resources; values are what may not be
# otherwise: the `resource`, another `project`'s resource, and condition keys, which are changed or left out
# (`without`); after `boundary:` for a role that may do everything within its boundary. Each is tried with calls of
# this suite, and has to be denied (docs/adr/0150, 0170). `python -m iam.guards` writes this file: a line that it
# would take away is something that a policy no longer asks for, or that nobody tries any more.
"""
SAMPLES = 3
RESOURCE, PROJECT, WITHOUT, BOUNDARY = "resource", "project", "without ", "boundary: "
_WHAT = re.compile(rf"(?:{BOUNDARY})?(?:{RESOURCE}|{PROJECT}|(?:{WITHOUT})?[\w-]+:\S+)")
_NOBODY = "somebody-elses"
_NO_ACCOUNT = "999999999999"
OTHER_PROJECT = "p-00000000other"
_PROJECT_ID = re.compile(r"p-[a-z0-9]{8,17}(?![a-z0-9])")
_NOISE = re.compile(
    r"(?<=-job/)pipelines-[\w-]+|(?<=scalable-target/)[0-9a-z]{30,}"
    r"|(?<=parameter/)[a-z]{10}(?![\w-])"  # the CommandRunner's own, for a moment
    r"|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,}|\d{8,}T?\w*|(?<=[-/_:])i-\w+"
    # Generations of what is deployed, and digests that end a name.
    r"|(?<=-)\d+-[0-9a-f]{10}|(?<=-)[0-9a-f]{8}(?![0-9a-z])"
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
    taken: dict[tuple[Any, ...], set[tuple[str, ...]]] = defaultdict(set)
    for item in chain(record.evidence, documented):
        asked = item.question
        if item.refused or item.role in OWN_ROLES:
            continue
        kind = kind_of(asked.resource)
        policies = (asked.identity, asked.boundary, asked.resource_policy)
        samples = taken[(item.role, asked.action, kind, *sorted(asked.context))]
        source = str(next((value for key, value in asked.context.items() if key.lower() == "aws:sourcearn"), ""))
        sample = (asked.resource, source, str(policies))
        if sample in samples or len(samples) >= SAMPLES:
            continue
        samples.add(sample)
        for what, question in _changed(record, asked, of_project=item.role.startswith("project ")):
            # Each layer by itself: what one of them lets through, the other one would hide.
            yield Change((item.role, asked.action, kind, what), replace(question, boundary=None))
            if question.boundary is not None:
                bounded = replace(question, identity=(EVERYTHING,))
                yield Change((item.role, asked.action, kind, f"{BOUNDARY}{what}"), bounded)


def _changed(record: Record, asked: Question, *, of_project: bool) -> Iterator[tuple[str, Question]]:
    if asked.action == "sts:AssumeRole" and not asked.identity:  # a service takes a role: the role is what it is
        pass
    elif asked.resource != "*":
        yield RESOURCE, _elsewhere(record, asked, somebody_elses(asked.resource))
        if of_project and _PROJECT_ID.search(asked.resource):
            yield PROJECT, _elsewhere(record, asked, _PROJECT_ID.sub(OTHER_PROJECT, asked.resource))
    looked_at = _mentioned(record, asked)
    for key, value in asked.context.items():
        if key.startswith(_UNCHANGED) or key.lower() not in looked_at:
            continue
        yield key, replace(asked, context={**asked.context, key: _other(key, value)})
        left = {name: text for name, text in asked.context.items() if name != key}
        yield f"{WITHOUT}{key}", replace(asked, context=left)


def _mentioned(record: Record, asked: Question) -> str:
    """The texts of a question's policies: what they do not mention, they cannot look at."""
    named = (*asked.identity, asked.boundary, asked.resource_policy)
    return " ".join(_text(name, record.documents) for name in named if name and name in record.documents)


_TEXTS: dict[str, tuple[int, str]] = {}


def _text(name: str, documents: Mapping[str, Any]) -> str:
    document = documents[name]
    if _TEXTS.get(name, (0, ""))[0] != id(document):
        _TEXTS[name] = (id(document), json.dumps(document).lower())
    return _TEXTS[name][1]


def _other(key: str, value: str | list[str]) -> str | list[str]:
    """Another value of a key, of the same form: no pattern for ARNs would let a mere word through."""
    if isinstance(value, list):
        return [str(_other(key, value[0]))] if value else [_NOBODY]
    if key.endswith("Account"):
        return _NO_ACCOUNT
    return somebody_elses(value) if value.startswith("arn:") and value.count(":") >= 5 else _NOBODY


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
    if service == "secretsmanager":
        name = re.sub(r"-\w{6}$", "", name)
    parts = [part for part in re.split(r"[/:]", name.split(":log-stream:")[0]) if part]
    return f"{service}:" + "/".join(parts[: 4 if service == "logs" else 2])


def hold(found: Iterable[Change], engine: Engine, documents: Mapping[str, Any]) -> dict[Guard, bool]:
    """For each guard whether all changes are denied."""
    listed = list(found)
    documents = {**documents, **DOCUMENTS}
    held: dict[Guard, bool] = {}
    for change, decision in zip(
        listed, engine.ask_all([item.question for item in listed], documents), strict=True
    ):
        denied = not decision.allowed and decision.error is None
        held[change.guard] = held.get(change.guard, True) and denied
    return held


@dataclass(frozen=True)
class Outcome:
    """One suite's guards.

    Attributes:
        listed: how many the suite's file has.
        tried: how many of them the record's calls try.
        open: those that are allowed otherwise too.
        untried: those that no call tries, and that nobody says are tried seldom.
        idle: what `seldom.toml` says of guards that no file has, or that there is no file.

    """

    listed: int
    tried: int
    open: list[Guard]
    untried: list[Guard]
    idle: list[str]

    @property
    def faults(self) -> list[str]:
        """What is wrong, a line each."""
        return [
            *(f"{' '.join(guard)} IS ALLOWED otherwise too" for guard in self.open),
            *(f"{' '.join(guard)} is tried by no call" for guard in self.untried),
            *self.idle,
        ]


def contradicted(records: Mapping[str, Record], engine: Engine, folder: Path = FOLDER) -> dict[str, Outcome]:
    """What has become of the listed guards, by suite; a suite without a file lists none."""
    found = {}
    for suite, record in records.items():
        listed, seldom = read(folder / f"{suite}.toml"), read_seldom(folder, suite)
        documented = isolation.documented_calls(record, suite)
        tried = (change for change in changes(record, documented) if change.guard in listed)
        held = hold(tried, engine, record.documents)
        found[suite] = Outcome(
            listed=len(listed),
            tried=len(held),
            open=sorted(guard for guard, holds in held.items() if not holds),
            untried=sorted(guard for guard in listed - held.keys() if guard[:3] not in seldom),
            idle=[f"no file lists the guards of {suite}: python -m iam.guards writes it"]
            if suite in SUITES and not listed
            else sorted(
                f"{' '.join(call)}: {_SELDOM} explains what {suite}.toml does not list"
                for call in seldom.keys() - {guard[:3] for guard in listed}
            ),
        )
    return found


def read_seldom(folder: Path, suite: str) -> dict[tuple[str, str, str], str]:
    """Calls that a suite does not make each time, as role, action and kind of resource, with the reason.

    Raises:
        MalformedRowError: a row lacks something, or is about a suite that there is not.

    """
    path = folder / _SELDOM
    found: dict[tuple[str, str, str], str] = {}
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("seldom", []) if path.exists() else []
    for number, row in enumerate(rows, 1):
        place = f"{path.name}, [[seldom]] {number}"
        forms.check(row, place, {"in": str, "role": str, "calls": list, "reason": str})
        forms.check_names([row["in"]], evidence.SUITES, place)
        if row["in"] == suite:
            found |= {(row["role"], *call.split(" ", 1)): row["reason"] for call in row["calls"]}
    return found


def read(path: Path) -> set[Guard]:
    """The guards that have to hold; none when there is no such file.

    Raises:
        MalformedRowError: a line is not about a call, or names what no call has.

    """
    if not path.exists():
        return set()
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
    """Write the suites' files anew; what a record does not show stays if it is said to be seldom."""
    with Engine() as engine:
        found = evidence.read_all(records)
        refused.set_aside(found, refused.read(), engine)
        for suite, record in found.items():
            path = FOLDER / f"{suite}.toml"
            held = hold(changes(record, isolation.documented_calls(record, suite)), engine, record.documents)
            known, seldom = read(path), read_seldom(FOLDER, suite)
            new = {guard for guard, holds in held.items() if holds}
            stay = {guard for guard in known - held.keys() if guard[:3] in seldom}
            for guard in sorted(known - new - stay):
                typer.echo(f"{suite}: {'no longer' if guard in held else 'not tried'}: {' '.join(guard)}")
            for guard in sorted(new - known):
                typer.echo(f"{suite}: new: {' '.join(guard)}")
            path.write_text("\n".join(lines(new | stay)), encoding="utf-8")
    sys.exit(0)


if __name__ == "__main__":
    typer.run(main)
