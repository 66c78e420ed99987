"""In-process notifications between services (a push, a pipeline execution, an approved model)."""

import logging
from collections import defaultdict
from collections.abc import Callable
from threading import Lock
from typing import Any

Handler = Callable[[dict[str, Any]], None]

_log = logging.getLogger(__name__)


class Events:
    """Hands each published event to its subscribers, in the publisher's thread.

    Subscribers start their own threads for anything that takes time (``Cloud.spawn``). A subscriber that raises
    is logged and does not keep the others, or the publisher, from going on: AWS's services do not see each
    other's faults either.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = defaultdict(list)
        self._lock = Lock()

    def subscribe(self, name: str, handler: Handler) -> None:
        """Call ``handler(event)`` for every event published under ``name``."""
        with self._lock:
            self._handlers[name].append(handler)

    def publish(self, name: str, event: dict[str, Any]) -> None:
        """Give ``event`` to all subscribers of ``name``."""
        with self._lock:
            handlers = list(self._handlers[name])
        for handler in handlers:
            try:
                handler(event)
            except Exception:  # noqa: BLE001 - see the class's docstring; the traceback is logged
                _log.exception("a subscriber of %s failed on %s", name, event)
