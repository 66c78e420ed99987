"""``python -m chaos``: the fault campaign; ``make chaos`` calls it."""

import os
import signal
import sys
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from chaos import campaign, report, ten
from chaos.orphans import count as count_orphans
from chaos.outcome import Outcome
from chaos.room import opened
from demo.errors import DemoError
from demo.stage import Place
from toolchain.locate import prepare
from toolchain.terraform import ToolchainError

_ROOT = Path(__file__).resolve().parent.parent
SEED = 1
_INTERRUPTED = 130


def main(
    seed: Annotated[int, typer.Option(help="Deals the faults to projects, and chooses random points.")] = SEED,
    only: Annotated[list[str] | None, typer.Option(help="Only rows of this name or pattern.")] = None,
    jobs: Annotated[int, typer.Option(help="Projects at a time.")] = 4,
    out: Annotated[Path, typer.Option(help="Folder for the report and everything else.")] = Path("build/chaos"),
    *,
    listed: Annotated[bool, typer.Option("--list", help="Name the rows, and do nothing.")] = False,
    ten_only: Annotated[bool, typer.Option("--ten", help="Only the ten projects at the same time.")] = False,
) -> None:
    """Break everything that can break while projects are created, updated and deleted."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    rows = campaign.chosen(only or [])
    if listed:
        for row in rows:
            console.print(f"{row.name:38} {row.what}", markup=False, soft_wrap=True)
        return
    if not rows:
        console.print(f"error: no row is called {', '.join(only or [])}; see --list", markup=False)
        raise typer.Exit(2)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # the person's own account has no part in this
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    begun = monotonic()
    outcomes: list[Outcome] = []
    complete = False

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        console.print(f"{monotonic() - begun:5.0f} s  {report.line(outcome)}", markup=False, soft_wrap=True)

    place = Place(_ROOT, out.absolute(), Path(sys.executable), _terraform(console))
    console.print(f"Seed {seed}: {0 if ten_only else len(rows)} faults. The local cloud and package 1 come first.")
    try:
        with opened(place) as room:
            if not ten_only:
                campaign.run(room, seed, rows, jobs, tell)
            if ten_only or not only:
                tell(ten.run(room))
            tell(count_orphans(room))
        complete = True
    except DemoError as error:
        console.print(f"error: {error}", markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Interrupted: what was started is ended.")
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        outcomes.sort(key=campaign.place)
        spent = {"seconds": round(monotonic() - begun)}
        report.save(out / "report.json", seed, outcomes, spent, complete=complete)
    report.show(console, outcomes)
    failed = [one for one in outcomes if not one.good]
    console.print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} rows are good, "
        f"{monotonic() - begun:.0f} s, seed {seed}, {out / 'report.json'}",
        markup=False,
    )
    raise typer.Exit(1 if failed else 0)


def _terraform(console: Console) -> Path:
    try:
        return prepare(_ROOT)
    except ToolchainError as error:
        console.print(f"error: {error}", markup=False)
        raise typer.Exit(1) from error


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(main)
