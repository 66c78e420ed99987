"""What holds, what does not and why: rows against the table of exceptions."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from posture.checks import Row

EXCEPTIONS = Path(__file__).with_name("exceptions.toml")


@dataclass(frozen=True)
class Excepted:
    """A check that need not hold.

    Attributes:
        check: which.
        subject: of what; ``*`` stands for anything.
        reason: why.

    """

    check: str
    subject: str
    reason: str

    def covers(self, row: Row) -> bool:
        """Whether it is about this row."""
        pattern = self.subject.replace("[", "[[]")  # of addresses, not of characters
        return row.check == self.check and fnmatchcase(row.subject, pattern)


@dataclass(frozen=True)
class Report:
    """Rows, sorted by what became of them."""

    rows: list[Row]
    explained: list[tuple[Row, Excepted]]
    unexplained: list[Row]
    idle: list[Excepted]

    @property
    def problems(self) -> list[str]:
        """What makes the command fail, a line each."""
        return [
            *(
                f"not so, and no reason in {EXCEPTIONS.name}: {row.check}: {row.subject}"
                for row in self.unexplained
            ),
            *(f"an exception that nothing needs: {item.check}: {item.subject}" for item in self.idle),
        ]

    def lines(self, *, verbose: bool) -> list[str]:
        """The table: a line per check, and with ``verbose`` every row."""
        totals = Counter(row.check for row in self.rows)
        met = Counter(row.check for row in self.rows if row.met)
        excepted = Counter(row.check for row, _ in self.explained)
        found = [f"{'check':34} {'looked at':>9} {'holds':>6} {'excepted':>9} {'missing':>8}"]
        missing = totals - met - excepted
        found += [
            f"{check:34} {totals[check]:>9} {met[check]:>6} {excepted[check]:>9} {missing[check]:>8}"
            for check in sorted(totals)
        ]
        if verbose:
            found += [f"holds     {row.check}: {row.subject}" for row in self.rows if row.met]
        reasons = {item for _, item in self.explained}
        found += [f"excepted  {item.check}: {item.subject}: {item.reason}" for item in sorted(reasons, key=str)]
        return found


def exceptions(path: Path = EXCEPTIONS) -> list[Excepted]:
    """The table.

    Raises:
        ValueError: a row lacks something, or its reason is no sentence.

    """
    found = []
    for number, row in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("exception", []), 1):
        if set(row) != {"check", "subject", "reason"}:
            raise ValueError(f"{path.name}, row {number}: needs check, subject and reason, and nothing else")
        if len(row["reason"].split()) < 4:
            raise ValueError(f"{path.name}, row {number}: {row['reason']!r} is no reason")
        found.append(Excepted(**row))
    return found


def judge(rows: Iterable[Row], excepted: list[Excepted]) -> Report:
    """Sort rows into those that hold, those with a reason not to, and the others."""
    everything = list(rows)
    explained, unexplained, used = [], [], set()
    for row in everything:
        if not row.met:
            by = next((item for item in excepted if item.covers(row)), None)
            if by is None:
                unexplained.append(row)
            else:
                explained.append((row, by))
                used.add(by)
    return Report(everything, explained, unexplained, [item for item in excepted if item not in used])
