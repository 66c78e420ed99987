"""Whether somebody would notice: every statement of every policy removed and widened, one at a time.

``make iam-mutants`` prints how many of the mutants change what ``make iam`` says. A mutant is noticed when a
recorded call is denied, when an attempt of ``isolation.toml`` gets through, or when a permission is granted that
nothing explains.
"""

import copy
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from iam import evidence, isolation, kept
from iam.audit import as_list, grants, statements
from iam.engine import Decision, Engine, Question
from iam.evidence import Record
from iam.isolation import Attempt

GOAL = 0.95


@dataclass(frozen=True)
class Mutant:
    """A policy that is another one than Terraform made.

    Attributes:
        policy: the id of the policy that it stands for.
        sid: the statement that was changed.
        change: what was done to it.
        document: the policy then.

    """

    policy: str
    sid: str
    change: str
    document: dict[str, Any]


def mutants(policy: str, document: Mapping[str, Any]) -> Iterator[Mutant]:
    """Each statement removed, on everything, with all actions of its service, and without each condition."""
    for index, statement in enumerate(statements(document)):
        sid = str(statement.get("Sid", index))

        def changed(change: str, new: Mapping[str, Any] | None, place: int = index, name: str = sid) -> Mutant:
            copied = copy.deepcopy(dict(document))
            rows = as_list(copied["Statement"])
            copied["Statement"] = rows[:place] + ([dict(new)] if new else []) + rows[place + 1 :]
            return Mutant(policy, name, change, copied)

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

    def __init__(self, record: Record, engine: Engine) -> None:
        self._record = record
        self._engine = engine
        self.documents = {**record.documents, isolation.STUDIO: isolation.studio_policy()}
        self._explained = set(kept.read())
        self._calls: dict[str, dict[Any, Question]] = defaultdict(dict)
        self._attempts: dict[str, list[Attempt]] = defaultdict(list)
        for item in record.evidence:
            if not item.refused:
                for policy in _policies(item.question):
                    context = tuple(sorted((key, str(value)) for key, value in item.question.context.items()))
                    key = (item.question.action, item.question.resource, context, *_policies(item.question))
                    self._calls[policy].setdefault(key, item.question)
        for attempt in isolation.attempts(record, isolation.place(record)):
            for policy in _policies(attempt.question):
                self._attempts[policy].append(attempt)
        self._serial = 0

    def policies(self) -> list[str]:
        """The policies of the project and the installation that try; those of others are the same."""
        return sorted(self._attempts.keys() & self._record.documents.keys())

    def notices(self, mutant: Mutant) -> str | None:
        """By what the mutant is noticed; None when it is not."""
        new = grants([mutant.policy], {mutant.policy: mutant.document})
        old = grants([mutant.policy], self.documents)
        if any("*" in action for _, _, action in new - old - self._explained):
            return "a wildcard that nothing explains"
        self._serial += 1
        name = f"{mutant.policy}#{self._serial}"
        documents = {**self.documents, name: mutant.document}
        for attempt in self._attempts[mutant.policy]:
            if self._ask(attempt.question, mutant.policy, name, documents).allowed:
                return f"allowed: {attempt.what}"
        if mutant.change in ("removed",):
            for question in self._calls[mutant.policy].values():
                if not self._ask(question, mutant.policy, name, documents).allowed:
                    return f"denied: {question.action}"
        if old - new and (old - new) <= self._explained:
            return "a reason in kept.toml for what nobody grants"
        return None

    def _ask(self, question: Question, policy: str, name: str, documents: Mapping[str, Any]) -> Decision:
        swapped = replace(
            question,
            identity=tuple(name if item == policy else item for item in question.identity),
            boundary=name if question.boundary == policy else question.boundary,
            resource_policy=name if question.resource_policy == policy else question.resource_policy,
        )
        return self._engine.ask(swapped, documents)


def _policies(question: Question) -> tuple[str, ...]:
    return tuple(item for item in (*question.identity, question.boundary, question.resource_policy) if item)


def main(
    record: Annotated[Path, typer.Option(help="Folder with calls.jsonl and policies.jsonl.")] = Path("build/iam"),
) -> None:
    """Try all mutants, and list those that nobody notices."""
    survivors: list[Mutant] = []
    total = 0
    with Engine() as engine:
        jury = Jury(evidence.read(record), engine)
        names: dict[str, str] = {}
        for policy in jury.policies():  # of the same policy of several projects, one
            names.setdefault(policy.split("@")[0], policy)
        for policy in names.values():
            for mutant in mutants(policy, jury.documents[policy]):
                total += 1
                if jury.notices(mutant) is None:
                    survivors.append(mutant)
    for mutant in survivors:
        typer.echo(f"survived: {mutant.policy.split('@')[0]}, {mutant.sid}: {mutant.change}")
    typer.echo(f"{total - len(survivors)} of {total} mutants noticed ({1 - len(survivors) / total:.1%})")
    sys.exit(0 if len(survivors) <= (1 - GOAL) * total else 1)


if __name__ == "__main__":
    typer.run(main)
