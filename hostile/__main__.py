"""``python -m hostile``: the campaign of hostile values; ``make hostile`` calls it."""

import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT / "lambdas"))  # the functions, as they are in their archives

from hostile import campaign, report  # noqa: E402
from hostile.layers.build import BuildError  # noqa: E402
from hostile.layers.runner import RunnerError  # noqa: E402
from hostile.layers.terraform import TerraformError  # noqa: E402
from hostile.room import opened  # noqa: E402
from toolchain.locate import prepare  # noqa: E402
from toolchain.terraform import ToolchainError  # noqa: E402

SEED = 1
FEWEST = 10_000


def main(
    seed: Annotated[int, typer.Option(help="Chooses the values.")] = SEED,
    values: Annotated[int, typer.Option(help="Different values for each field.")] = campaign.FULL.values,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("build/hostile"),
    *,
    quick: Annotated[bool, typer.Option("--quick", help="A few values only.")] = False,
) -> None:
    """Try hostile values on every field, from the form to the git host."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    begun = monotonic()

    def tell(what: str) -> None:
        console.print(f"{monotonic() - begun:5.0f} s  {what}", markup=False)

    size = campaign.SMALL if quick else replace(campaign.FULL, values=values)
    try:
        terraform = prepare(_ROOT)
        with opened(_ROOT) as room:
            done = campaign.run(room, terraform, size, seed, tell)
    except (ToolchainError, RunnerError, TerraformError, BuildError) as error:
        console.print(f"error: {error}", markup=False)
        raise typer.Exit(2) from error
    report.show(console, done)
    report.save(out / "report.json", done, seed, monotonic() - begun)
    console.print(
        f"{len(done.cases):,} values, {done.distinct:,} different ones, {len(done.verdicts):,} times looked at, "
        f"{len(done.wrong)} violations, {monotonic() - begun:.0f} s, seed {seed}, {out / 'report.json'}",
        markup=False,
    )
    if not quick and done.distinct < FEWEST:
        console.print(
            f"That are fewer than {FEWEST:,} different values: more are needed for each field.", markup=False
        )
        raise typer.Exit(1)
    raise typer.Exit(1 if done.wrong else 0)


if __name__ == "__main__":
    typer.run(main)
