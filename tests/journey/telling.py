"""Stories told side by side, each in a thread of its own: a test waits for the one that it is about."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any, TypeVar

Told = TypeVar("Told")


class Tellers:
    """Begins stories; asking for one waits for its end, and raises what went wrong in it."""

    def __init__(self) -> None:
        self._told: dict[str, Future[Any]] = {}

    def begin(self, name: str, story: Callable[[], object]) -> None:
        """Let a story be told from now on."""
        told: Future[Any] = Future()
        self._told[name] = told

        def tell() -> None:
            try:
                told.set_result(story())
            except BaseException as failure:  # noqa: BLE001 - raised where somebody asks for the story
                told.set_exception(failure)

        # A thread that the end of the tests does not wait for: who interrupts them has seen enough.
        Thread(target=tell, name=f"story {name}", daemon=True).start()

    def of(self, name: str, kind: type[Told]) -> Told:
        """What a story has come to."""
        told = self._told[name].result()
        assert isinstance(told, kind)
        return told

    def wait_for(self, *names: str) -> None:
        """Wait until stories have been told, well or not: those named, otherwise all."""
        wait([self._told[name] for name in names or self._told])
