"""Writing to CloudWatch Logs, as the services do for a function, a build or a job."""

import time
from collections.abc import Callable, Iterable, Sequence

from moto.logs.models import logs_backends

_BATCH = 1_000
_EVENT_BYTES = 256 * 1024 - 26  # PutLogEvents: 1 MB a batch, 256 KB an event with 26 bytes of overhead


class Logs:
    """Log groups and streams in moto's CloudWatch Logs."""

    def __init__(self, account_id: str, region: str, note: Callable[[str, bytes], None] | None = None) -> None:
        """``note`` hears of everything that is written: the group, and the lines."""
        self._note = note
        self._account_id = account_id
        self._region = region

    def write(
        self,
        group: str,
        stream: str,
        lines: Iterable[str],
        *,
        create_group: bool = False,
        at: Sequence[int] | None = None,
        region: str | None = None,
        account_id: str | None = None,
    ) -> bool:
        """Append lines to a stream, creating the stream.

        Args:
            group: name of the log group.
            stream: name of the log stream.
            lines: one event each, without newline; empty ones become a blank, which CloudWatch Logs demands.
            create_group: create the group as well, where the real service does so.
            at: when each line was said, in milliseconds since 1970; without it now.
            region: another region than the local cloud's default.
            account_id: another account than the local cloud's first.

        Returns:
            False when the group does not exist (nothing is written then, as on AWS).

        """
        backend = logs_backends[account_id or self._account_id][region or self._region]
        if group not in backend.groups:
            if not create_group:
                return False
            backend.create_log_group(group, {})
        backend.ensure_log_stream(group, stream)
        messages = [line[:_EVENT_BYTES] or " " for line in lines]
        if self._note is not None:
            self._note(f"log{group}", "\n".join(messages).encode("utf-8", "replace"))
        times = [int(time.time() * 1000)] * len(messages) if at is None else at
        events = [
            {"timestamp": timestamp, "message": message}
            for timestamp, message in zip(times, messages, strict=True)
        ]
        for start in range(0, len(events), _BATCH):
            backend.put_log_events(group, stream, events[start : start + _BATCH])
        return True
