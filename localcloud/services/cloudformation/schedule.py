"""Runs one action per resource in the order of dependencies, independent ones side by side."""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

WORKERS = 8


def in_order(
    needs: Mapping[str, frozenset[str] | set[str]],
    action: Callable[[str], bool],
    *,
    stop_on_failure: bool = True,
    name: str = "stack",
) -> list[str]:
    """Call ``action(id)`` for every id once all that it needs have succeeded.

    Args:
        needs: for every id, the ids that have to succeed before it (others are ignored). Without circles.
        action: returns whether it succeeded.
        stop_on_failure: start nothing more after a failure; else go on with what does not need the failed.
        name: prefix of the threads' names.

    Returns:
        The ids whose action failed, in the order of their failure.

    """
    waiting = {key: {item for item in value if item in needs} for key, value in needs.items()}
    running: dict[Future[bool], str] = {}
    failed: list[str] = []
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix=name) as pool:
        while waiting or running:
            if not (failed and stop_on_failure):
                for key in [key for key, required in waiting.items() if not required]:
                    del waiting[key]
                    running[pool.submit(action, key)] = key
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                key = running.pop(future)
                if future.result():
                    for required in waiting.values():
                        required.discard(key)
                else:
                    failed.append(key)
    return failed
