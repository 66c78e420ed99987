"""Whether somebody would notice: every statement of every policy removed and widened, one at a time.

``make iam-mutants`` prints how many of the mutants change what ``make iam`` says: a recorded call is denied, an
attempt of ``isolation.toml`` or a changed call of ``guards`` gets through, or a wildcard is granted that nothing
explains. That the reviewed page ``docs/permissions.md`` shows each of them does not count. What nothing notices
stands in ``survivors.toml`` with a reason.
"""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from iam import evidence, forms, guards, isolation, kept, permissions
from iam.attempt import DOCUMENTS
from iam.audit import covers, grants, policy_name
from iam.engine import Engine, Question
from iam.evidence import Record
from iam.forms import MalformedRowError
from iam.mutations import Mutant, mutants
from iam.place import Place, of_place, place, places_of_products

GOAL = 0.95
_SURVIVORS = Path(__file__).with_name("survivors.toml")
# Questions that are asked at a time, and recorded calls of a kind that are.
_CHUNK, _CALLS = 40, 3

Change = tuple[str, str, str]
"""Whose policy (a role's kind and the policy's name, or a resource), a statement, and what was done to it."""


@dataclass(frozen=True)
class Target:
    """One policy that is mutated.

    Attributes:
        whose: the kind of the role and the policy's name, or the resource, without what differs between runs.
        policy: its id.
        role: the kind of role whose boundary it is; then that the role has none is the mutant.
        where: the projects that tell each other apart.

    """

    whose: str
    policy: str
    where: Place
    role: str | None = None


def targets(records: Mapping[str, Record]) -> Iterator[list[Target]]:
    """Every policy of the roles and resources of the projects and installations that try.

    Those of one text are one list: it is enough that somebody notices with one of them.
    """
    found: dict[tuple[str, tuple[str, ...]], list[Target]] = defaultdict(list)
    for suite, record in records.items():
        for target in _of_suite(suite, record):
            text = tuple(sorted(permissions.rows("", record.documents[target.policy], target.where)))
            found[target.whose, text].append(target)
    yield from found.values()


def _of_suite(suite: str, record: Record) -> Iterator[Target]:
    places = [place(record, suite)] if suite in isolation.SUITES else []
    places += places_of_products(record) if suite == "products" else []
    for where in places:
        for kind, arn in sorted(where.roles.items()):
            if kind in evidence.OWN_ROLES:
                continue
            identity, boundary = record.roles[arn]
            for policy in identity:
                yield Target(_shared(kind, policy), policy, where)
            yield Target(f"{kind}, trust", record.trust[arn], where)
            if boundary is not None:
                yield Target(policy_name(boundary), boundary, where)
                yield Target(f"{kind}, boundary", boundary, where, kind)
        for resource, policy in sorted(record.resources.items()):
            if of_place(resource, where):
                yield Target(permissions.resource_name(resource, where), policy, where)


def _shared(kind: str, policy: str) -> str:
    """Managed policies are several roles'; inline ones have names that are several roles' too."""
    name = policy_name(policy)
    return name if name != policy.split("@", maxsplit=1)[0] else f"{kind}, {name}"


class Jury:
    """Looks whether a mutant changes anything."""

    def __init__(
        self, records: Mapping[str, Record], engine: Engine, listed: Mapping[str, set[guards.Guard]]
    ) -> None:
        self._engine = engine
        reasons = kept.read(records)
        self._explained = {*reasons.grants, *(held[1:] for held in reasons.held)}
        self.documents: dict[str, Any] = {**DOCUMENTS, isolation.STUDIO: isolation.studio_policy()}
        self._calls: dict[str, list[Question]] = defaultdict(list)
        self._tried: dict[str, list[tuple[str, str, Question]]] = defaultdict(list)
        self._serial = 0
        for suite, record in records.items():
            self.documents |= record.documents
            documented = isolation.documented_calls(record, suite)
            seen: dict[tuple[Any, ...], int] = defaultdict(int)
            for item in [*record.evidence, *documented]:
                asked = item.question
                key = (
                    item.role,
                    asked.action,
                    guards.kind_of(asked.resource),
                    *sorted(asked.context),
                    *_policies(asked),
                )
                seen[key] += 1
                if not item.refused and seen[key] <= _CALLS:
                    for policy in _policies(asked):
                        self._calls[policy].append(asked)
            for change in guards.changes(record, documented):
                if change.guard in listed.get(suite, ()):
                    self._try(change.guard[0], " ".join(change.guard[1:]), change.question)
            for attempt in isolation.of_suite(record, suite):
                if attempt.allowed is None:
                    self._try(attempt.role, attempt.what, attempt.question)

    def _try(self, role: str, what: str, question: Question) -> None:
        for policy in _policies(question):
            self._tried[policy].append((role, what, question))

    def notices(self, mutant: Mutant, role: str | None = None) -> str | None:
        """By what a mutant is noticed; None when it is not.

        Args:
            mutant: the changed policy.
            role: whose questions alone are asked: when it is this role that has no boundary any more.

        """
        if mutant.document is not None and (said := self._grants(mutant)) is not None:
            return said
        self._serial += 1
        name = f"{mutant.policy}#{self._serial}"
        documents = {**self.documents, name: mutant.document} if mutant.document is not None else self.documents
        put = name if mutant.document is not None else None
        tried = [
            (what, question)
            for whose, what, question in self._tried[mutant.policy]
            if about(mutant, question) and role in (None, whose)
        ]
        for start in range(0, len(tried), _CHUNK):
            some = tried[start : start + _CHUNK]
            asked = [_swapped(question, mutant.policy, put) for _, question in some]
            for (what, question), decision in zip(some, self._engine.ask_all(asked, documents), strict=True):
                if decision.allowed:
                    return f"allowed: {question.action}: {what}"
        calls = [item for item in self._calls[mutant.policy] if about(mutant, item)] if mutant.narrower else []
        for start in range(0, len(calls), _CHUNK):
            asked = [_swapped(question, mutant.policy, put) for question in calls[start : start + _CHUNK]]
            for question, decision in zip(asked, self._engine.ask_all(asked, documents), strict=True):
                if not decision.allowed:
                    return f"denied: {question.action}"
        return None

    def _grants(self, mutant: Mutant) -> str | None:
        new, old = (
            grants([mutant.policy], {mutant.policy: mutant.document}),
            grants([mutant.policy], self.documents),
        )
        if any("*" in action for _, _, action in new - old - self._explained):
            return "a wildcard that nothing explains"
        if old - new and (old - new) <= self._explained:
            return "a reason in kept.toml for what nobody grants"
        return None


def about(mutant: Mutant, question: Question) -> bool:
    """Whether a mutant can change the answer: its statement is about the action and about the resource."""
    return any(covers(pattern, question.action) for pattern in mutant.about) and any(
        _pattern(pattern).fullmatch(question.resource) for pattern in mutant.on
    )


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    text = re.sub(r"\$\{[^}]*\}", "*", pattern)
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _swapped(question: Question, policy: str, put: str | None) -> Question:
    return replace(
        question,
        identity=tuple(item for item in ((put if own == policy else own) for own in question.identity) if item),
        boundary=put if question.boundary == policy else question.boundary,
        resource_policy=put if question.resource_policy == policy else question.resource_policy,
    )


def _policies(question: Question) -> tuple[str, ...]:
    return tuple(item for item in (*question.identity, question.boundary, question.resource_policy) if item)


def read(path: Path = _SURVIVORS) -> dict[Change, str]:
    """The changes that nothing notices, with the reasons.

    Raises:
        MalformedRowError: a row lacks something, or has no reason.

    """
    found: dict[Change, str] = {}
    for number, row in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []), 1):
        where = f"{path.name}, [[survivor]] {number}"
        forms.check(row, where, {"whose": list, "sid": str, "changes": list, "reason": str})
        if not row["reason"].strip():
            raise MalformedRowError(f"{where}: has no reason")
        found |= {
            (whose, row["sid"], change): row["reason"] for whose in row["whose"] for change in row["changes"]
        }
    return found


def _mutants(target: Target, documents: Mapping[str, Any]) -> Iterator[tuple[Mutant, str | None]]:
    where = target.where.values
    others = [where[name] for name in ("other",) if name in where] + [guards.OTHER_PROJECT]
    if target.role is not None:
        yield Mutant(target.policy, "-", "without it", None), target.role
        return
    # In one order, whichever the statements are in: those of several policies of one text are compared.
    made = mutants(target.policy, documents[target.policy], where["own"], others)
    for mutant in sorted(made, key=lambda one: (one.sid, one.change)):
        yield mutant, None


def main(
    records: Annotated[Path, typer.Option(help="Folder with a folder for each suite whose calls were recorded.")],
    only: Annotated[str, typer.Option(help="A part of the name of whose policies alone are changed.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", help="Also how the others are noticed.")] = False,
) -> None:
    """Try all mutants, and list those that nobody notices."""
    found = evidence.read_all(records)
    explained, survivors = read(), []
    changes: set[Change] = set()
    with Engine() as engine:
        jury = Jury(found, engine, {suite: guards.read(guards.FOLDER / f"{suite}.toml") for suite in found})
        for same in targets(found):
            if only not in same[0].whose:
                continue
            for tried in zip(*(_mutants(target, jury.documents) for target in same), strict=True):
                change = (same[0].whose, tried[0][0].sid, tried[0][0].change)
                changes.add(change)
                how = next(
                    (said for mutant, role in tried if (said := jury.notices(mutant, role)) is not None), None
                )
                if how is None:
                    survivors.append(change)
                if verbose:
                    typer.echo(f"{', '.join(change)}: {how or 'SURVIVED'}")
    unexplained = sorted({*survivors} - explained.keys())
    idle = sorted((explained.keys() & changes) - {*survivors})
    for change in unexplained:
        typer.echo(f"survived without a reason: {', '.join(change)}")
    for change in idle:
        typer.echo(f"noticed, although iam/survivors.toml explains why not: {', '.join(change)}")
    lost = len({*survivors})
    noticed = len(changes) - lost
    typer.echo(
        f"{noticed} of {len(changes)} mutants noticed ({noticed / len(changes):.1%}): calls, attempts and guards."
    )
    typer.echo(
        f"Of the others, {lost - len(unexplained)} have a reason in iam/survivors.toml, {len(unexplained)} none."
    )
    sys.exit(0 if noticed >= GOAL * len(changes) and not unexplained and not idle else 1)


if __name__ == "__main__":
    typer.run(main)
