"""``python -m demo``: the whole journey on this machine; ``make demo`` calls it."""

import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from demo.children import Children
from demo.conductor import Conductor
from demo.display import Display, LiveDisplay, PlainDisplay, summary
from demo.errors import DemoError
from demo.journey import ELSEWHERE, Journey
from demo.postgres import Programs
from demo.report import model, page
from demo.report.model import Report, State
from demo.report.page import seconds, verdict
from demo.stage import Place, answers
from toolchain.locate import prepare
from toolchain.terraform import ToolchainError

_ROOT = Path(__file__).resolve().parent.parent
_INTERRUPTED = 130


def main(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the local cloud running at the end.")] = False,
    foundation: Annotated[
        bool, typer.Option("--foundation", help="Inside the foundation's network; a database asks the endpoint.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the report and everything else.")] = Path("build/demo"),
) -> None:
    """Create a SageMaker project from nothing, train its model twice, deploy it, and report."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # the person's own account has no part in this
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    console = Console()
    place = Place(_ROOT, out.absolute(), Path(sys.executable), _terraform(console), foundation=foundation)
    if answers(place.cloud):
        console.print(
            f"The local cloud of an earlier demo still runs. Stop it first:\n{_down(place)}", soft_wrap=True
        )
        raise typer.Exit(2)
    if foundation:
        _ask_for_postgres(console)
    _prepare(place.out)
    children = Children()
    journey = Journey(foundation=foundation)
    display: Display = (
        LiveDisplay(console, lambda: journey)
        if console.is_terminal
        else PlainDisplay(console, lambda: journey.now)
    )
    journey.listener = display.changed
    conductor = Conductor(place, children, journey)
    try:
        with display:
            conductor.run(display)
        if kept := keep and conductor.scene is not None:
            conductor.release_cloud()
    except KeyboardInterrupt:
        console.print("Interrupted: ending what was started.")
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        children.end()
    _finish(conductor.report, place, console, kept=kept)


def _prepare(out: Path) -> None:
    """Make the demo's folder, or take out of it what an earlier demo has left."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(out / "clone", ignore_errors=True)
    for name in ("report.json", "report.html"):
        (out / name).unlink(missing_ok=True)


def _terraform(console: Console) -> Path:
    try:
        return prepare(_ROOT)
    except ToolchainError as error:
        console.print(f"error: {error}", markup=False)
        raise typer.Exit(1) from error


def _ask_for_postgres(console: Console) -> None:
    """Before anything begins: what a person has to install is not found out after minutes."""
    try:
        Programs.find(_ROOT / ".tools")
    except DemoError as error:
        console.print(f"error: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _finish(report: Report, place: Place, console: Console, *, kept: bool) -> None:
    model.write(report, place.out / "report.json")
    page.write(report, place.out / "report.html")
    console.print()
    if report.state is State.SUCCEEDED:
        console.print(summary(_rows(report)))
        console.print()
        console.print(verdict(list(report.models())), highlight=False)
        console.print(ELSEWHERE, highlight=False, soft_wrap=True)
    else:
        console.print(
            f"The demo failed after {seconds(report.seconds)}: {report.failure}",
            markup=False,
            highlight=False,
            soft_wrap=not console.is_terminal,
            style="bold red",
        )
        for line in report.log:
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"Report: {_shown(place.out / 'report.html')} (and report.json)", highlight=False, soft_wrap=True
    )
    if kept:
        console.print(
            f"The local cloud still runs. Use it:   source {_shown(place.cloud / 'env')}\n"
            f"Stop it:                              {_down(place)}",
            highlight=False,
            soft_wrap=True,
        )
    if report.state is not State.SUCCEEDED:
        raise typer.Exit(1)


def _rows(report: Report) -> list[tuple[str, str]]:
    rows = [("Took", seconds(report.seconds))]
    if report.project is not None:
        rows.append(("Project", f"{report.project.name} ({report.project.identifier}), {report.project.state}"))
        rows.append(("Repository", report.project.repository))
    for delivery in report.deliveries:
        rows.append(("Commit", f"{delivery.commit} “{delivery.message}”"))
        rows.append(("  pipeline execution", delivery.execution))
        if delivery.model is not None:
            rows.append(("  model package", f"{delivery.model.arn} ({delivery.model.approval})"))
            figure = delivery.model.metric(delivery.model.gate_metric)
            if figure is not None:
                rows.append(
                    ("  " + figure.name.upper(), _against(figure.value, delivery.model.threshold, figure.baseline))
                )
    return rows + _deployed(report)


def _deployed(report: Report) -> list[tuple[str, str]]:
    if report.deployment is None:
        return []
    deployment = report.deployment
    rows = [
        ("Deployment", f"version {deployment.version}, {deployment.pipeline} execution {deployment.execution}"),
        ("  repository", deployment.repository),
    ]
    for endpoint in deployment.endpoints:
        rows.append((f"  {endpoint.environment}", f"{endpoint.name} ({endpoint.instances}, {endpoint.status})"))
        if endpoint.predictions:
            first = endpoint.predictions[0]
            rows.append(
                (
                    "    predicts",
                    f"{first.predicted:,.0f} g; the truth is {first.actual:,.0f} g "
                    f"(RMSE of {len(endpoint.predictions)} test rows: {endpoint.rmse:,.1f})",
                )
            )
    return rows


def _against(value: float, threshold: float | None, baseline: float | None) -> str:
    words = [f"{value:,.1f}"]
    if threshold is not None:
        words.append(f"quality gate {threshold:,.0f}")
    if baseline is not None:
        words.append(f"always the mean {baseline:,.1f}")
    return "; ".join(words)


def _down(place: Place) -> str:
    return f"{_shown(place.python)} -m localcloud down --directory {_shown(place.cloud)}"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    typer.run(main)
