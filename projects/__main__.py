"""``python -m projects``: each project and how it is, drift, and what belongs to nobody."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from projects import alive as living
from projects import display, drift, orphans
from projects.overview import overview, summaries
from projects.platform import Platform, PlatformError

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)

_NARROWEST = 160  # of what is not a terminal: a table that is folded there can be read by nobody

_Name = Annotated[str, typer.Option(help="Package 1's variable name.")]
_Bucket = Annotated[str | None, typer.Option(help="Package 1's state bucket; derived from the name without.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_DEFAULT = "sagemaker-projects"


@app.command("list")
def list_(
    *,
    project: Annotated[str | None, typer.Option(help="Name or id of one project.")] = None,
    name: _Name = _DEFAULT,
    state_bucket: _Bucket = None,
    json: _Json = False,
) -> None:
    """Each project: status, release, last run, pipeline, drift, and who works on it."""
    with _trouble():
        found = overview(_platform(name, state_bucket), name=project)
    if project is not None and not found:
        _end(f"There is no project {project}.", 2)
    if json:
        typer.echo(display.as_json(found))
        return
    console = _console()
    if not found:
        console.print("There are no projects.")
        return
    console.print(display.projects_table(found))
    for line in display.troubles(found):
        console.print(line, soft_wrap=True)


@app.command("drift")
def drift_(
    *,
    project: Annotated[str | None, typer.Option(help="Name or id of one project; all without.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the results.")] = False,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds to wait at most, for room and for results.")] = 3600,
    name: _Name = _DEFAULT,
    state_bucket: _Bucket = None,
    json: _Json = False,
) -> None:
    """Compare projects with what was last applied, three at a time.

    With --wait: 1 if something differs, 2 if that is not known.
    """
    errors = Console(stderr=True)
    with _trouble():
        platform = _platform(name, state_bucket)
        chosen = [
            (item["ProjectName"], item["ProjectId"])
            for item in summaries(platform)
            if project in (None, item["ProjectName"], item["ProjectId"])
        ]
        if project is not None and not chosen:
            _end(f"There is no project {project}.", 2)
        with errors.status("") as status:
            checks = drift.start(
                platform,
                chosen,
                seconds=timeout,
                progress=lambda left: status.update(f"{left} projects are still to be looked at"),
            )
            if wait:
                results = drift.wait(
                    platform, checks, seconds=timeout, progress=lambda left: status.update(f"{left} builds run")
                )
    if not wait:
        if json:
            typer.echo(display.as_json(checks))
            return
        for check in checks:
            typer.echo(
                f"{check.name} ({check.project_id}): {check.build or 'not looked at: ' + (check.trouble or '')}"
            )
        typer.echo("The results are run records: python -m projects list shows them. Or wait for them: --wait")
        return
    if json:
        typer.echo(display.as_json(results))
    else:
        _console().print(display.drift_table(results))
    raise typer.Exit(2 if any(one.drift is None for one in results) else int(any(one.drift for one in results)))


@app.command("orphans")
def orphans_(*, name: _Name = _DEFAULT, state_bucket: _Bucket = None, json: _Json = False) -> None:
    """Name what belongs to nobody, and what to do about it. Changes nothing. 1 if there is something."""
    with _trouble():
        found = orphans.find(_platform(name, state_bucket))
    if json:
        typer.echo(display.as_json(found))
    else:
        display.show_orphans(_console(), found)
    raise typer.Exit(int(bool(found.orphans)))


@app.command("alive")
def alive_(*, name: _Name = _DEFAULT, state_bucket: _Bucket = None) -> None:
    """Refuse (1) while a project exists; `make destroy` asks this first. 2 if it is not known."""
    with _trouble("; nothing was destroyed"):
        platform = _platform(name, state_bucket)
        found = living.alive(platform)
    if not found.projects:
        return
    typer.echo(
        f"error: {len(found.projects)} project(s) exist; delete them first "
        "(aws sagemaker delete-project --project-name NAME):",
        err=True,
    )
    for project in found.projects:
        typer.echo(f"  {project}", err=True)
    typer.echo(f"Their states are in s3://{platform.state_bucket}/projects/ID/terraform.tfstate.", err=True)
    if found.unasked:
        typer.echo(f"Perhaps more, without a state yet: {found.unasked}", err=True)
    raise typer.Exit(1)


def _platform(name: str, state_bucket: str | None) -> Platform:
    return Platform.find(name=name, state_bucket=state_bucket or None)


@contextmanager
def _trouble(consequence: str = "") -> Iterator[None]:
    """Say in one line what AWS refuses, or what is damaged."""
    try:
        yield
    except (PlatformError, ClientError, BotoCoreError, ValueError) as error:
        _end(f"{error}{consequence}", 2)


def _end(words: str, status: int) -> None:
    typer.echo(f"error: {words}", err=True)
    raise typer.Exit(status)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, _NARROWEST))


if __name__ == "__main__":
    sys.exit(app(prog_name="python -m projects"))
