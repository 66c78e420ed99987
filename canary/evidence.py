"""What a search has come to: figures per place, findings, and where the canaries were where they belong."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from canary.places import REQUIRED, place_of
from canary.search import Canary, Search, TooLargeError
from localcloud.pieces import Piece


@dataclass
class Place:
    """What was searched in a place: pieces, and their bytes."""

    pieces: int = 0
    bytes: int = 0


@dataclass
class Evidence:
    """One suite's search.

    Attributes:
        suite: its name.
        canaries: what was looked for, by name.
        places: by name, what was searched.
        unpacked: parts that were taken out of others.
        findings: what was found where it may not be: canary, place, piece and how it was hidden.
        kept: per canary, pieces in which it was where it belongs.
        handed: per canary, pieces in which a person hands it over.
        unseen: canaries that were not found where they are for certain.
        unsearched: pieces that could not be searched to the end.
        readers: who has read a secret, and how often.
        watched: how many processes were seen, in how many looks.
        seconds: that the search took.

    """

    suite: str
    canaries: list[str]
    places: dict[str, Place] = field(default_factory=dict)
    unpacked: int = 0
    findings: list[dict[str, str]] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    handed: dict[str, int] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    unsearched: list[str] = field(default_factory=list)
    readers: dict[str, int] = field(default_factory=dict)
    watched: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def problems(self) -> list[str]:
        """Why this search does not show what it has to show; nothing when it does."""
        found = [
            f"{item['canary']} is in {item['place']}: {item['piece']} ({item['how']})" for item in self.findings
        ]
        found += [f"not searched to the end: {name}" for name in self.unsearched]
        found += [f"{name} was not found where it is kept: the search is blind" for name in self.unseen]
        found += [f"nothing was searched in: {name}" for name in self.empty()]
        return found

    def empty(self) -> list[str]:
        """Places that have to be searched in this suite, and had nothing to search."""
        required = REQUIRED.get(self.suite, frozenset())
        return sorted(name for name in required if not self.places.get(name, Place()).bytes)

    def write(self, folder: Path) -> None:
        """Leave it where ``make canary`` looks for it. No canary's value is in it."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=2, sort_keys=True)
        (folder / f"{self.suite}.json").write_text(f"{text}\n", encoding="utf-8")


def read(file: Path) -> Evidence:
    """The evidence of a suite."""
    values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    values["places"] = {name: Place(**figures) for name, figures in values["places"].items()}
    return Evidence(**values)


def search(suite: str, canaries: Sequence[Canary], pieces: Iterable[Piece]) -> Evidence:
    """Look for all canaries in all pieces: in their names too."""
    engine = Search(canaries)
    found = Evidence(suite, [canary.name for canary in canaries])
    by_name = {canary.name: canary for canary in canaries}
    for piece in pieces:
        name = place_of(piece.name)
        place = found.places.setdefault(name, Place())
        place.pieces += 1
        place.bytes += len(piece.data)
        hits: dict[str, str] = {}
        try:
            for hit in engine.find(piece.data):
                hits.setdefault(hit.canary, hit.how)
        except TooLargeError:
            found.unsearched.append(piece.name)
        for hit in engine.find(piece.name.encode("utf-8", "surrogatepass")):
            hits.setdefault(hit.canary, f"in its name, {hit.how}")
        for canary, how in hits.items():
            _file(found, by_name[canary], piece.name, name, how)
    found.unpacked = engine.unpacked
    found.unseen = [
        canary.name for canary in canaries if not (found.kept if canary.kept else found.handed).get(canary.name)
    ]
    return found


def _file(found: Evidence, canary: Canary, piece: str, place: str, how: str) -> None:
    if canary.is_kept(piece):
        found.kept[canary.name] = found.kept.get(canary.name, 0) + 1
    elif canary.is_handed(piece):
        found.handed[canary.name] = found.handed.get(canary.name, 0) + 1
    else:
        shown = piece.replace(canary.value, f"<{canary.name}>")
        found.findings.append({"canary": canary.name, "place": place, "piece": shown, "how": how})
