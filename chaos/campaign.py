"""Who suffers what: the rows become lives, by the seed, and some lives go on at the same time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from itertools import zip_longest
from random import Random

from chaos.life import Life
from chaos.outcome import Outcome
from chaos.room import Room
from chaos.row import Row
from chaos.rows import CREATE, DELETE, ROWS, UPDATE

Lot = dict[str, Row]


def lots(seed: int, rows: Iterable[Row] = ROWS) -> list[Lot]:
    """Deal the rows: each life gets at most one of each operation, and which ones meet is the seed's affair."""
    wanted = set(rows)
    chance = Random(seed)  # noqa: S311 - repeatable on purpose  # nosec B311 - deals faults; nothing is secret
    dealt = []
    for table in (CREATE, UPDATE, DELETE):
        mine = [row for row in table if row in wanted]
        chance.shuffle(mine)
        dealt.append(mine)
    return [{row.operation: row for row in together if row is not None} for together in zip_longest(*dealt)]


def chosen(patterns: list[str]) -> list[Row]:
    """The rows whose names match one of some patterns; all of them without patterns."""
    return [row for row in ROWS if not patterns or any(fnmatchcase(row.name, pattern) for pattern in patterns)]


def run(room: Room, seed: int, rows: Iterable[Row], jobs: int, tell: Callable[[Outcome], None]) -> None:
    """Live all lives.

    Args:
        room: where.
        seed: deals the rows, and chooses what rows leave to chance.
        rows: the rows of the table.
        jobs: lives at a time.
        tell: hears of each outcome as soon as it is known.

    """

    def live(number: int, lot: Lot) -> None:
        # All names are equally long: a fault finds its project by a text in which no name may begin another.
        for outcome in Life(room, f"chaos-{number:03d}", lot, seed).run():
            tell(outcome)

    pool = ThreadPoolExecutor(jobs, thread_name_prefix="life")
    told = [pool.submit(live, number, lot) for number, lot in enumerate(lots(seed, rows))]
    try:
        for life in told:
            life.result()
    except BaseException:
        # Nobody waits for lives that go on: they end when their local cloud does.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def place(outcome: Outcome) -> int:
    """Where an outcome stands in the table."""
    names = [row.name for row in ROWS]
    return names.index(outcome.row) if outcome.row in names else len(names)
