"""Asking again: as often as helps, as long as there is time, as late as the host wishes."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from seed_repository.errors import HostUnavailable
from seed_repository.transport import Deadline

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """How often, and until when. ``sleep`` and ``jitter`` (a number from 0 to 1) are replaced in tests."""

    attempts: int
    deadline: Deadline
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


def persist(
    attempt: Callable[[], Result], patience: Patience, on_retry: Callable[[HostUnavailable, float], None]
) -> Result:
    """Call ``attempt`` until it returns, or fails in a way that asking again does not help.

    Waits as long as the host asks for, else exponentially longer with jitter, so that many functions that were
    turned away together do not come back together.

    Raises:
        HostUnavailable: the last failure, when attempts or time are used up.

    """
    number = 0
    while True:
        number += 1
        try:
            return attempt()
        except HostUnavailable as error:
            wait = error.retry_after if error.retry_after is not None else _backoff(number, patience)
            left = patience.deadline.remaining()
            if number >= patience.attempts:
                raise error.given_up(number, "that is as often as is allowed") from error
            if wait >= left:
                raise error.given_up(
                    number, f"the next would be due in {wait:.0f} s, and {max(left, 0):.0f} s are left"
                ) from error
            on_retry(error, wait)
        patience.sleep(wait)


def _backoff(number: int, patience: Patience) -> float:
    ceiling = min(_LONGEST_WAIT, _FIRST_WAIT * 2**number)
    return ceiling * (0.5 + patience.jitter() / 2)
