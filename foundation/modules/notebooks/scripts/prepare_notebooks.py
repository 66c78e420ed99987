"""Copy delivered notebooks to where people work: without outputs, with placeholders filled in.

Runs on a notebook instance at each start, on its operating system's Python (3.7 or later, standard library only).
What a person has already is never touched: only files that are not there yet are written.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

_PLACEHOLDER = re.compile(r"@@([A-Z][A-Z0-9_]*)@@")


def prepared(notebook: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """Return a notebook (as read from JSON) without outputs, its placeholders replaced.

    Raises KeyError with the name of a placeholder that has no value.
    """
    for cell in notebook.get("cells", []):
        source = cell.get("source", [])
        text = source if isinstance(source, str) else "".join(source)
        text = _PLACEHOLDER.sub(lambda found: values[found.group(1)], text)
        cell["source"] = text.splitlines(keepends=True)
        cell.get("metadata", {}).pop("execution", None)
        if cell.get("cell_type") == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    notebook.get("metadata", {}).pop("widgets", None)
    return notebook


def deliver(source: Path, target: Path, values: dict[str, str]) -> list[str]:
    """Copy what ``target`` does not have yet; the result is the list of relative paths written."""
    written = []
    for path in sorted(item for item in source.rglob("*") if item.is_file()):
        relative = path.relative_to(source)
        destination = target / relative
        if destination.exists():
            continue
        if path.suffix == ".ipynb":
            try:
                notebook = prepared(json.loads(path.read_text(encoding="utf-8")), values)
            except (ValueError, KeyError) as error:
                print(f"{relative}: not delivered: {error!r}", file=sys.stderr)
                continue
            destination.parent.mkdir(parents=True, exist_ok=True)
            destination.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        else:
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(path), str(destination))
        written.append(str(relative))
    return written


if __name__ == "__main__":
    FROM, TO, VALUES = (Path(argument) for argument in sys.argv[1:4])
    for name in deliver(FROM, TO, json.loads(VALUES.read_text(encoding="utf-8"))):
        print("delivered " + name)
