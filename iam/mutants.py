"""Whether somebody would notice: every statement of every policy removed and widened, one at a time.

``make iam-mutants`` prints how many of the mutants change what ``make iam`` says. A mutant is noticed when a
recorded call is denied, when an attempt of ``isolation.toml`` or a changed call of ``guards.toml`` gets through,
or when a permission is granted that nothing explains. What only differs from the reviewed page
``docs/permissions.md`` is noticed too, and counted apart.
"""

import copy
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from iam import evidence, guards, isolation, kept, permissions
from iam.audit import PRODUCT_POLICIES, as_list, covers, grants, policy_name, statements
from iam.engine import Decision, Engine, Question
from iam.evidence import Record
from iam.guards import Change
from iam.isolation import Attempt
from iam.place import place

GOAL = 0.95


@dataclass(frozen=True)
class Mutant:
    """A policy that is another one than Terraform made.

    Attributes:
        policy: the id of the policy that it stands for.
        sid: the statement that was changed.
        change: what was done to it.
        document: the policy then.
        narrower: whether it allows less, so that somebody may lack something.
        about: patterns of the actions of the statement, before and after; nothing else can change.

    """

    policy: str
    sid: str
    change: str
    document: dict[str, Any]
    narrower: bool = False
    about: tuple[str, ...] = ("*",)

    def __str__(self) -> str:
        return f"{self.policy.split('@')[0]}, {self.sid}: {self.change}"


def mutants(policy: str, document: Mapping[str, Any]) -> Iterator[Mutant]:
    """Each statement removed, on everything, with all actions of its service, and without each condition."""
    for index, statement in enumerate(statements(document)):
        sid, denies = str(statement.get("Sid", index)), statement["Effect"] == "Deny"

        def changed(
            change: str, new: Mapping[str, Any] | None, place: int = index, name: str = sid, denies: bool = denies
        ) -> Mutant:
            copied = copy.deepcopy(dict(document))
            rows = as_list(copied["Statement"])
            copied["Statement"] = rows[:place] + ([dict(new)] if new else []) + rows[place + 1 :]
            less = denies or change == "removed"
            before = as_list(as_list(document["Statement"])[place].get("Action", "*"))
            about = (*before, *as_list((new or {}).get("Action")))
            return Mutant(policy, name, change, copied, narrower=less, about=about)

        if len(statements(document)) > 1:
            yield changed("removed", None)
        if statement["Effect"] == "Allow":
            if (
                "Resource" in statement
                and as_list(statement["Resource"]) != ["*"]
                and "Principal" not in statement
            ):
                yield changed("all resources", {**statement, "Resource": "*"})
            if "Principal" not in statement:
                services = sorted({action.split(":")[0] for action in as_list(statement["Action"])})
                yield changed("all actions", {**statement, "Action": [f"{service}:*" for service in services]})
        for operator, keys in (statement.get("Condition") or {}).items():
            for key in keys:
                conditions = copy.deepcopy(statement["Condition"])
                del conditions[operator][key]
                kept_conditions = {name: tests for name, tests in conditions.items() if tests}
                new = {**statement, "Condition": kept_conditions}
                if not kept_conditions:
                    del new["Condition"]
                yield changed(f"without {operator} {key}", new)


class Jury:
    """Looks whether a mutant changes anything."""

    def __init__(self, records: Mapping[str, Record], engine: Engine) -> None:
        self._engine = engine
        self._records = records
        self.documents: dict[str, Any] = {**isolation.DOCUMENTS, isolation.STUDIO: isolation.studio_policy()}
        self._explained = set(kept.read(records))
        self._calls: dict[str, dict[Any, Question]] = defaultdict(dict)
        self._attempts: dict[str, list[Attempt]] = defaultdict(list)
        self._guards: dict[str, list[Change]] = defaultdict(list)
        listed = guards.read()
        self._reviewed = permissions.read()
        for suite, record in records.items():
            self.documents |= record.documents
            for item in record.evidence:
                if not item.refused:
                    self._add_call(item.question)
            for item in isolation.documented_calls(record, suite):
                self._add_call(item.question)
            if suite in isolation.SUITES:
                for attempt in isolation.attempts(record, place(record, suite)):
                    for policy in _policies(attempt.question):
                        self._attempts[policy].append(attempt)
            for change in guards.changes(record, isolation.documented_calls(record, suite)):
                if change.guard in listed:
                    for policy in _policies(change.question):
                        self._guards[policy].append(change)
        self._serial = 0

    def _listed(self) -> Iterator[tuple[str, str, str]]:
        for policy, attempts in self._attempts.items():
            yield attempts[0].role, policy.split("@")[0], policy
        for policy, changes in self._guards.items():
            if policy_name(policy) in PRODUCT_POLICIES:
                yield changes[0].guard[0], policy_name(policy), policy

    def _add_call(self, question: Question) -> None:
        context = tuple(sorted((key, str(value)) for key, value in question.context.items()))
        key = (question.action, question.resource, context, *_policies(question))
        for policy in _policies(question):
            self._calls[policy].setdefault(key, question)

    def policies(self) -> list[str]:
        """The policies of the projects and the installations that try; those of others are the same."""
        found: dict[tuple[str, str], str] = {}
        for role, name, policy in sorted(self._listed()):
            if policy not in (isolation.STUDIO, isolation.EVERYTHING):
                found.setdefault((role, name), policy)
        return list(found.values())

    def notices(self, mutant: Mutant) -> str | None:
        """By what the mutant is noticed; None when it is not."""
        new = grants([mutant.policy], {mutant.policy: mutant.document})
        old = grants([mutant.policy], self.documents)
        if any("*" in action for _, _, action in new - old - self._explained):
            return "a wildcard that nothing explains"
        if old - new and (old - new) <= self._explained:
            return "a reason in kept.toml for what nobody grants"
        self._serial += 1
        name = f"{mutant.policy}#{self._serial}"
        documents = {**self.documents, name: mutant.document}

        attempts = [item for item in self._attempts[mutant.policy] if _about(mutant, item.question)]
        changes = [item for item in self._guards[mutant.policy] if _about(mutant, item.question)]
        calls = [question for question in self._calls[mutant.policy].values() if _about(mutant, question)]
        tried = [item.question for item in attempts] + [item.question for item in changes]
        asked = tried + (calls if mutant.narrower else [])
        decisions = [decision.allowed for decision in self._ask(asked, mutant.policy, name, documents)]
        names = [f"allowed: {item.what}" for item in attempts] + [f"allowed: {item.guard}" for item in changes]
        found = next((text for text, allowed in zip(names, decisions, strict=False) if allowed), None)
        if found is None and not all(decisions[len(names) :]):
            return f"denied: {calls[decisions.index(False, len(names)) - len(names)].action}"
        return found

    def reads(self, mutant: Mutant) -> str | None:
        """The first difference of a mutant from the reviewed page; None when there is none."""
        for suite, record in self._records.items():
            if mutant.policy in record.documents:
                changed = replace(record, documents={**record.documents, mutant.policy: mutant.document})
                before = set(permissions.differences(self._reviewed, permissions.of_suite(suite, record)))
                after = permissions.differences(self._reviewed, permissions.of_suite(suite, changed))
                if found := next((line for line in after if line not in before), None):
                    return found
        return None

    def _ask(
        self, questions: list[Question], policy: str, name: str, documents: Mapping[str, Any]
    ) -> list[Decision]:
        swapped = [
            replace(
                question,
                identity=tuple(name if item == policy else item for item in question.identity),
                boundary=name if question.boundary == policy else question.boundary,
                resource_policy=name if question.resource_policy == policy else question.resource_policy,
            )
            for question in questions
        ]
        return self._engine.ask_all(swapped, documents)


def _about(mutant: Mutant, question: Question) -> bool:
    return any(covers(pattern, question.action) for pattern in mutant.about)


def _policies(question: Question) -> tuple[str, ...]:
    return tuple(item for item in (*question.identity, question.boundary, question.resource_policy) if item)


def main(
    records: Annotated[Path, typer.Option(help="Folder with a folder for each suite whose calls were recorded.")],
    verbose: Annotated[bool, typer.Option("--verbose", help="Also how the others are noticed.")] = False,
) -> None:
    """Try all mutants, and list those that nobody notices."""
    survivors: list[Mutant] = []
    read: list[Mutant] = []
    total = 0
    with Engine() as engine:
        jury = Jury(evidence.read_all(records), engine)
        for policy in jury.policies():
            for mutant in mutants(policy, jury.documents[policy]):
                total += 1
                how = jury.notices(mutant)
                if how is None:
                    (read if jury.reads(mutant) else survivors).append(mutant)
                elif verbose:
                    typer.echo(f"noticed: {mutant} by {how}")
    for mutant in read:
        typer.echo(f"only docs/permissions.md differs: {mutant}")
    for mutant in survivors:
        typer.echo(f"survived: {mutant}")
    noticed = total - len(read) - len(survivors)
    typer.echo(f"{noticed} of {total} are shown by a call or an attempt ({noticed / total:.1%}).")
    typer.echo(f"{total - len(survivors)} of {total} mutants noticed ({1 - len(survivors) / total:.1%})")
    sys.exit(0 if len(survivors) <= (1 - GOAL) * total else 1)


if __name__ == "__main__":
    typer.run(main)
