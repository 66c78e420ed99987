"""The table of ``make canary``."""

from collections.abc import Iterator, Sequence

from canary.evidence import Evidence, Place
from canary.places import PLACES

_WIDTH = 40


def lines(found: Sequence[Evidence]) -> Iterator[str]:
    """A row per place, a column per suite: pieces and bytes; then what was planted, and what is wrong."""
    yield f"{'searched: pieces, bytes':<{_WIDTH}}" + "".join(f"{one.suite:>21}" for one in found)
    names = list(PLACES)
    names += sorted({name for one in found for name in one.places} - set(names))
    for name in names:
        figures = [one.places.get(name, Place()) for one in found]
        if any(figure.pieces for figure in figures):
            yield f"{name:<{_WIDTH}}" + "".join(
                f"{figure.pieces:>10,}{size(figure.bytes):>11}" for figure in figures
            )
    totals = [Place(*_total(one)) for one in found]
    yield f"{'all':<{_WIDTH}}" + "".join(f"{total.pieces:>10,}{size(total.bytes):>11}" for total in totals)
    yield f"{'parts unpacked and decoded':<{_WIDTH}}" + "".join(f"{one.unpacked:>21,}" for one in found)
    yield f"{'seconds':<{_WIDTH}}" + "".join(f"{one.seconds:>21.1f}" for one in found)
    for one in found:
        yield f"\n{one.suite}: {len(one.canaries)} canaries, {len(one.findings)} found where they may not be"
        for name in one.canaries:
            yield (
                f"  {name}: in {one.kept.get(name, 0)} pieces where it is kept, "
                f"in {one.handed.get(name, 0)} where a person hands it over"
            )
        if one.watched:
            yield f"  {one.watched['processes']:,} processes seen in {one.watched['looks']:,} looks at /proc"
        for who, times in sorted(one.readers.items()):
            yield f"  read from Secrets Manager by {who}: {times} times"
        for problem in one.problems():
            yield f"  ERROR: {problem}"


def size(count: int) -> str:
    """Bytes as people read them."""
    if count < 10_000:
        return f"{count} B"
    if count < 10_000_000:
        return f"{count / 1_000:,.0f} kB"
    return f"{count / 1_000_000:,.0f} MB"


def _total(one: Evidence) -> tuple[int, int]:
    return sum(place.pieces for place in one.places.values()), sum(place.bytes for place in one.places.values())
