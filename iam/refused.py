"""Calls that IAM denies on purpose: a test means it, and ``refused.toml`` says which.

Every other call that the local cloud refused, or that IAM would deny, is a fault. ``python -m iam.refused`` says
it of one suite, after it has run in a local cloud that refuses what IAM would.
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import typer

from iam import evidence, forms
from iam.engine import Engine
from iam.evidence import SUITES, Evidence, Record
from iam.forms import MalformedRowError

_PATH = Path(__file__).with_name("refused.toml")
_ROW = {"in": str, "role": str, "calls": list, "on": str, "reason": str}


@dataclass(frozen=True)
class Refusal:
    """What a test means to be denied.

    Attributes:
        suite: the test's.
        role: the kind of the role that asks.
        call: service and operation.
        on: a pattern of the resource's ARN.

    """

    suite: str
    role: str
    call: str
    on: str

    def covers(self, suite: str, item: Evidence) -> bool:
        """Whether it is about a question."""
        asked = (suite, item.role, item.call)
        return asked == (self.suite, self.role, self.call) and fnmatchcase(item.question.resource, self.on)


def read(path: Path = _PATH) -> dict[Refusal, str]:
    """The refusals that tests mean, with the reasons.

    Raises:
        MalformedRowError: a row lacks something, has no reason, or is about a suite that there is not.

    """
    found: dict[Refusal, str] = {}
    for number, row in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("refused", []), 1):
        place = f"{path.name}, [[refused]] {number}"
        forms.check(row, place, _ROW)
        if not row["reason"].strip():
            raise MalformedRowError(f"{place}: has no reason")
        forms.check_names([row["in"]], SUITES, place)
        found |= {Refusal(row["in"], row["role"], call, row["on"]): row["reason"] for call in row["calls"]}
    return found


def set_aside(records: Mapping[str, Record], meant: Iterable[Refusal], engine: Engine) -> list[str]:
    """Mark what tests mean to be denied, and IAM denies, as refused.

    Returns:
        A line for each refusal that nobody means, and for each that is meant and did not happen.

    """
    rows, happened, unmeant = list(meant), set(), Counter[str]()
    for suite, record in records.items():
        about = {
            index: row
            for index, item in enumerate(record.evidence)
            if (row := next((row for row in rows if row.covers(suite, item)), None)) is not None
        }
        for index, item in enumerate(record.evidence):
            if item.refused and index not in about:
                unmeant[
                    f"{suite}: {item.role} was refused {item.question.action} on {item.question.resource}"
                ] += 1
        asked = [record.evidence[index].question for index in about]
        for (index, row), decision in zip(about.items(), engine.ask_all(asked, record.documents), strict=True):
            if record.evidence[index].refused or not decision.allowed:
                record.evidence[index] = replace(record.evidence[index], refused=True)
                happened.add(row)
    return [
        *(f"{line} ({times} times)" for line, times in unmeant.items()),
        *(
            f"{row.suite}: nobody denied {row.role} {row.call} on {row.on}, as iam/refused.toml says"
            for row in rows
            if row.suite in records and row not in happened
        ),
    ]


def main(
    suite: Annotated[str, typer.Argument(help="Whose record is looked at.")],
    records: Annotated[Path, typer.Option(help="Folder with a folder for each suite.")] = Path("build/iam"),
) -> None:
    """Say what the local cloud refused in a suite."""
    record = evidence.read(records / suite)
    with Engine() as engine:
        faults = set_aside({suite: record}, read(), engine)
    faults += [f"{call}: {why}" for call, why in record.unknown.items()]
    refused = sum(item.refused for item in record.evidence)
    typer.echo(
        f"{suite}: IAM was asked {len(record.evidence)} times about {record.calls.total()} calls of "
        f"{len(record.calls)} roles; {refused} answers were denials, {len(faults)} faults."
    )
    for line in faults:
        typer.echo(f"  {line}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    typer.run(main)
