"""The kept corpus: files of values that have broken something somewhere, one file for each kind (``corpus/``).

A line is a JSON string, or an object ``{"text": …, "times": …}`` for a text that is repeated; lines that begin
with ``#`` say what the file is about. What the campaign once found goes into the file of its kind.
"""

import json
from functools import cache
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"


@cache
def corpus(folder: Path = CORPUS) -> dict[str, tuple[str, ...]]:
    """Values by kind, in the files' order and each once.

    Raises:
        ValueError: a line is neither; names file and line.

    """
    kinds: dict[str, tuple[str, ...]] = {}
    known: set[str] = set()
    for path in sorted(folder.glob("*.txt")):
        values = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            value = _value(line, f"{path.name}:{number}")
            if value not in known:
                known.add(value)
                values.append(value)
        kinds[path.stem] = tuple(values)
    return kinds


def _value(line: str, place: str) -> str:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{place} is not JSON: {error}") from None
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) == {"text", "times"}:
        return str(value["text"]) * int(value["times"])
    raise ValueError(f"{place} is neither a string nor a text with times.")
