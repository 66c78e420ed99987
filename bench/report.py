"""Tables on the terminal, and everything as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column to the left, the others to the right."""
    widths = [max(len(line[at]) for line in (head, *rows)) for at in range(len(head))]
    print(f"\n{title}")
    for line in (head, *rows):
        cells = [
            text.rjust(width) if at else text.ljust(width)
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(cells))


def save(results: dict[str, Any], path: Path) -> None:
    """Write the results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {path}.")


def seconds(value: float) -> str:
    """A time to read."""
    return f"{value:.2f} s"
