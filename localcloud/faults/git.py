"""Faults of the git host."""

import re
from dataclasses import dataclass, field

from localcloud.faults.rule import BadRuleError, Rule


@dataclass
class GitFault(Rule):
    """A fault of the git host.

    Attributes:
        path: regular expression that the whole path must match.
        method: HTTP method, None for any.
        kind: ``answer`` (with ``status``, ``headers``, ``body``, instead of the work), ``delay`` (``delay``
            seconds, then the work), ``drop`` (close the connection unanswered), ``cut`` (close it after
            ``after_bytes`` of the request's body), ``lose_answer`` (do the work, then close the connection).

    """

    ON = "git"
    KINDS = ("answer", "delay", "drop", "cut", "lose_answer")

    kind: str = "answer"
    path: str = ".*"
    method: str | None = None
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    delay: float = 0.0
    after_bytes: int = 0

    def check(self) -> None:
        """See Rule."""
        super().check()
        try:
            re.compile(self.path)
        except re.error as error:
            raise BadRuleError(f"path: {error}") from error

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is about this request."""
        return self.method in (None, method) and re.fullmatch(self.path, path) is not None
