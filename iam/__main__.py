"""``python -m iam``: what was needed against what is granted; ``make iam`` calls it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from iam import evidence, isolation, kept, report
from iam.audit import audit
from iam.engine import Engine, EngineError

RECORD = Path("build/iam")


def main(
    record: Annotated[Path, typer.Option(help="Folder with calls.jsonl and policies.jsonl.")] = RECORD,
    verbose: Annotated[bool, typer.Option("--verbose", help="Every permission of every role.")] = False,
) -> None:
    """Evaluate the recorded calls, and what nobody may do, against the policies that Terraform made."""
    if not (record / "calls.jsonl").exists():
        typer.echo(f"error: {record} has no record. `make _test-journey` leaves one there.", err=True)
        raise typer.Exit(2)
    found = evidence.read(record)
    try:
        with Engine() as engine:
            result = audit(found, engine)
            tried = isolation.try_all(found, engine)
    except (EngineError, isolation.NoEvidenceError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    verdict = kept.judge(result, kept.read())
    for line in [*report.lines(result, verdict, verbose=verbose), *report.table(tried, verbose=verbose)]:
        typer.echo(line)
    sys.exit(0 if report.passes(result, verdict) and not report.escaped(tried) else 1)


if __name__ == "__main__":
    typer.run(main)
