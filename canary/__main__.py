"""``python -m canary``: where secrets were looked for, and whether they were found; ``make canary`` calls it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from canary import evidence, report

RECORDS = Path("build/canary")


def main(
    records: Annotated[Path, typer.Option(help="Folder with what each suite's search has left.")] = RECORDS,
) -> None:
    """Print what was searched, and fail when a secret was found or a place was not searched."""
    found = [evidence.read(file) for file in sorted(records.glob("*.json"))]
    if "journey" not in {one.suite for one in found}:
        typer.echo(f"error: {records} has nothing of the journey. `make _test-journey` leaves it there.", err=True)
        raise typer.Exit(2)
    for line in report.lines(found):
        typer.echo(line)
    sys.exit(1 if any(one.problems() for one in found) else 0)


if __name__ == "__main__":
    typer.run(main)
