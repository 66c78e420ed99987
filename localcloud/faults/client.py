"""A client of the control endpoints for faults, waits, time and schedules, for tests and campaigns.

Example::

    control = FaultClient(endpoint)
    with control.faults({"on": "call", "operation": "PutObject", "kind": "error", "code": "SlowDown"}):
        ...
    assert control.hits() == 1
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

_SECONDS = 30.0


class ControlError(Exception):
    """The local cloud refuses; the message is its own."""


class FaultClient:
    """Adds, lists and clears faults of a running local cloud.

    Args:
        endpoint: the local cloud's AWS endpoint.

    """

    def __init__(self, endpoint: str) -> None:
        self._base = f"{endpoint.rstrip('/')}/_localcloud"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def add(self, *rules: dict[str, Any]) -> list[dict[str, Any]]:
        """Activate faults; they, with their ids.

        Raises:
            ControlError: one is not a fault; none is active then.

        """
        added: list[dict[str, Any]] = self._send("POST", "faults", list(rules))
        return added

    def listed(self) -> list[dict[str, Any]]:
        """All faults since the last clear, with ``seen`` and ``hits``."""
        found: list[dict[str, Any]] = self._send("GET", "faults")
        return found

    def hits(self, name: str | None = None) -> int:
        """How often faults have happened: all, or those of a name."""
        return sum(rule["hits"] for rule in self.listed() if name in (None, rule["name"]))

    def clear(self, rule_id: str | None = None) -> None:
        """Forget one fault, or all."""
        self._send("DELETE", "faults" if rule_id is None else f"faults?id={quote(rule_id)}")

    @contextmanager
    def faults(self, *rules: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Faults for a while."""
        added = self.add(*rules)
        try:
            yield added
        finally:
            for rule in added:
                self.clear(rule["id"])

    def waits(self) -> list[dict[str, Any]]:
        """What stacks wait for now."""
        found: list[dict[str, Any]] = self._send("GET", "waits")
        return found

    def expire(self, **patterns: str) -> list[dict[str, Any]]:
        """Let the time of waits pass: patterns ``subject``, ``stack``, ``kind``; those that matched."""
        found: list[dict[str, Any]] = self._send("POST", "waits", patterns)
        return found

    def pace(self, longest_wait: float, endpoint: str | None = None) -> dict[str, Any]:
        """Let the waits of deployments take so many seconds at most: of all endpoints, or of one."""
        wanted = {"longest_wait": longest_wait} | ({} if endpoint is None else {"endpoint": endpoint})
        found: dict[str, Any] = self._send("POST", "hosting", wanted)
        return found

    def age_metrics(self, seconds: float) -> None:
        """Make every metric so much older, and evaluate all alarms."""
        self._send("POST", "metrics", {"seconds": seconds})

    def schedules(self) -> list[dict[str, Any]]:
        """The scheduled rules of EventBridge."""
        found: list[dict[str, Any]] = self._send("GET", "schedules")
        return found

    def fire(self, rule: str, **more: str) -> dict[str, Any]:
        """Run a scheduled rule now (``region``, ``time`` may be given); the event that it sent."""
        event: dict[str, Any] = self._send("POST", "schedules", {"rule": rule, **more})
        return event

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the local cloud's own address
            f"{self._base}/{path}", data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise ControlError(f"{method} {path}: {error.code} {text}") from error
