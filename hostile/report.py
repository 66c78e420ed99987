"""The table, and the same as JSON."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hostile.campaign import LAYERS, Campaign

_SHOWN = 40


def show(console: Console, campaign: Campaign) -> None:
    """Print how often each place refused and carried a value of each field, and what went wrong."""
    table = Table(title="Values refused · carried literally, by field and place", title_justify="left")
    table.add_column("field", no_wrap=True)
    table.add_column("of", overflow="fold")
    table.add_column("values", justify="right")
    for layer in LAYERS:
        table.add_column(layer, justify="right")
    counts = _counts(campaign)
    for field in campaign.fields:
        cells = [counts.get((field.name, field.products, layer), (0, 0, 0)) for layer in LAYERS]
        table.add_row(
            field.name,
            "every form" if len(field.products) > 2 else ", ".join(field.products),
            str(sum(case.field is field for case in campaign.cases)),
            *("-" if not any(cell) else f"{cell[0]} · {cell[1]}{' !' if cell[2] else ''}" for cell in cells),
        )
    console.print(table)
    kinds = Counter(case.kind for case in campaign.cases)
    console.print("Kinds: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())), markup=False)
    for one in campaign.wrong[:_SHOWN]:
        console.print(
            f"{one.layer}: {one.case.field.name} of {one.case.product}, {one.case.kind}, "
            f"{one.case.text[:120]!r}: {one.wrong}",
            style="red",
            markup=False,
            soft_wrap=True,
        )
    if len(campaign.wrong) > _SHOWN:
        console.print(f"and {len(campaign.wrong) - _SHOWN} more", style="red")


def save(path: Path, campaign: Campaign, seed: int, seconds: float) -> None:
    """Write everything as JSON; values that are no text are escaped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {
        "seed": seed,
        "seconds": round(seconds),
        "values": len(campaign.cases),
        "distinct": campaign.distinct,
        "violations": len(campaign.wrong),
        "counts": [
            {
                "field": name,
                "products": products,
                "place": layer,
                "refused": refused,
                "carried": carried,
                "wrong": wrong,
            }
            for (name, products, layer), (refused, carried, wrong) in _counts(campaign).items()
        ],
        "wrong": [
            {
                "place": one.layer,
                "product": one.case.product,
                "field": one.case.field.name,
                "kind": one.case.kind,
                "value": one.case.text,
                "wrong": one.wrong,
            }
            for one in campaign.wrong
        ],
    }
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _counts(campaign: Campaign) -> dict[tuple[str, tuple[str, ...], str], tuple[int, int, int]]:
    """Refused, carried and wrong, by field and place."""
    counts: dict[tuple[str, tuple[str, ...], str], list[int]] = {}
    for one in campaign.verdicts:
        cell = counts.setdefault((one.case.field.name, one.case.field.products, one.layer), [0, 0, 0])
        cell[2 if one.wrong else 0 if one.refused is not None else 1] += 1
    return {key: (cell[0], cell[1], cell[2]) for key, cell in counts.items()}
