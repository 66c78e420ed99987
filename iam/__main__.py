"""``python -m iam``: what was needed against what is granted; ``make iam`` calls it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from iam import evidence, guards, isolation, kept, permissions, refused, report
from iam.audit import audit
from iam.engine import Engine, EngineError
from iam.forms import MalformedRowError
from iam.place import NoEvidenceError

RECORDS = Path("build/iam")


def main(
    records: Annotated[
        Path, typer.Option(help="Folder with a folder for each suite whose calls were recorded.")
    ] = RECORDS,
    verbose: Annotated[bool, typer.Option("--verbose", help="Every permission of every role.")] = False,
) -> None:
    """Evaluate the recorded calls, and what nobody may do, against the policies that Terraform made."""
    found = evidence.read_all(records)
    if "journey" not in found:
        typer.echo(
            f"error: {records} has no record of the journey. `make _test-journey` leaves one there.", err=True
        )
        raise typer.Exit(2)
    try:
        with Engine() as engine:
            refusals = refused.set_aside(found, refused.read(), engine)
            result = audit(evidence.merged(found.values()), engine)
            tried = [row for suite in found for row in isolation.try_all(found[suite], suite, engine)]
            undocumented = [
                f"{item.role}: {item.question.action} on {item.question.resource} ({item.call})"
                for suite, record in found.items()
                for item in isolation.documented_calls(record, suite)
                if not engine.ask(item.question, record.documents).allowed
            ]
            changed = list(permissions.differences(permissions.read(), permissions.of_records(found)))
            outcomes = guards.contradicted(found, engine)
        verdict = kept.judge(result, kept.read(found))
    except (EngineError, MalformedRowError, NoEvidenceError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"Calls of {', '.join(found)}.")
    for line in [*report.lines(result, verdict, verbose=verbose), *report.table(tried, verbose=verbose)]:
        typer.echo(line)
    for suite, outcome in outcomes.items():
        typer.echo(
            f"\n{suite}: of {outcome.listed} circumstances that permissions depend on (iam/guards), "
            f"{outcome.tried} were tried; {len(outcome.open)} no longer matter, {len(outcome.untried)} are not "
            "tried any more."
        )
        for line in outcome.faults:
            typer.echo(f"  {line}")
    for line in undocumented:
        typer.echo(f"\nAWS documents it, and it is denied: {line}")
    for line in refusals:
        typer.echo(f"\nNot as iam/refused.toml says: {line}")
    for line in changed:
        typer.echo(f"\nNot as reviewed in docs/permissions.md: {line}")
    # A reason may be about one suite only: without the others nobody can tell that it has none.
    closed = report.no_longer_allowed(tried) if found.keys() >= {*isolation.SUITES} else []
    for line in closed:
        typer.echo(f"\nAllowed in iam/isolation.toml, and denied: {line}")
    unguarded = [line for outcome in outcomes.values() for line in outcome.faults]
    sys.exit(
        0
        if report.passes(result, verdict)
        and not report.escaped(tried)
        and not (unguarded or closed or changed or refusals or undocumented)
        else 1
    )


if __name__ == "__main__":
    typer.run(main)
