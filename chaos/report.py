"""The table."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from chaos.outcome import Outcome


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the table, and below it what went wrong in full."""
    table = Table(title="What broke, and what became of it", title_justify="left")
    table.add_column("row", no_wrap=True)
    table.add_column("what happened", overflow="fold")
    table.add_column("hits", justify="right")
    table.add_column("it ended with", no_wrap=True)
    for heading in ("reason", "state", "left", "commits"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("s", justify="right")
    table.add_column("", no_wrap=True)
    for one in outcomes:
        table.add_row(
            one.row,
            one.what,
            str(one.hits),
            one.ended,
            _reason(one),
            "readable" if one.readable else "DAMAGED",
            str(len(one.left)),
            str(one.commits),
            f"{one.seconds:.0f}",
            "ok" if one.good else "FAILED",
        )
    console.print(table)
    for one in outcomes:
        for problem in one.problems:
            console.print(f"{one.row} ({one.project}): {problem}", style="red", markup=False, soft_wrap=True)


def line(outcome: Outcome) -> str:
    """A row as soon as it is known."""
    verdict = "ok    " if outcome.good else "FAILED"
    said = "; ".join(outcome.problems)
    ended = f"{outcome.ended}, {outcome.seconds:.0f} s"
    return f"{verdict} {outcome.row}: {ended}" + (f": {said[:400]}" if said else "")


def save(path: Path, seed: int, outcomes: Sequence[Outcome], more: dict[str, Any], *, complete: bool) -> None:
    """Write the table as JSON.

    Args:
        path: the file; its folder is made.
        seed: of the campaign.
        outcomes: all that are known.
        more: what else to write.
        complete: whether the campaign came to its end. Without that, none having failed says nothing.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "seed": seed,
        "complete": complete,
        "rows": len(outcomes),
        "failed": [one.row for one in outcomes if not one.good],
        **more,
        "outcomes": [one.shape() for one in outcomes],
    }
    path.write_text(json.dumps(report, indent=1), encoding="utf-8")


def _reason(outcome: Outcome) -> str:
    if not outcome.ended.endswith("Failed"):
        return "-"
    return "told" if outcome.told else "NOT TOLD"
