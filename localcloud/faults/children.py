"""Faults that kill: a child of the local cloud, at a line of its output."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from localcloud.faults.rule import BadRuleError, Rule


@dataclass
class Kill:
    """Who is killed, and how.

    Attributes:
        child: ``instance``, ``build`` or ``function``.
        target: pattern of the instance's id, the build's id or the function's name; empty for the one that made
            the call or wrote the line, or else all of that sort.
        how: ``kill`` (SIGKILL to all its processes), ``terminate`` (as EC2 ends an instance: SIGTERM first; a
            build loses its machine) or ``power-off`` (an instance ends without shutting down).
        expire: let the time pass in which a stack would wait for the killed instance's signal.
        about: a text in what the caller or writer works on: an instance's command, or a build's variables.

    """

    child: str = "instance"
    target: str = ""
    how: str = "kill"
    expire: bool = True
    about: str = ""

    def check_kill(self) -> None:
        """Refuse unknown words.

        Raises:
            BadRuleError: there is one.

        """
        if self.child not in ("instance", "build", "function"):
            raise BadRuleError("child: one of instance, build, function")
        if self.how not in ("kill", "terminate", "power-off"):
            raise BadRuleError("how: one of kill, terminate, power-off")


@dataclass
class OutputFault(Kill, Rule):
    """A kill at a line of a child's output; ``matches`` is a regular expression that is searched in the line."""

    ON = "output"
    KINDS = ("kill",)

    kind: str = "kill"
    matches: str = ""

    def check(self) -> None:
        """See Rule."""
        super().check()
        self.check_kill()
        try:
            re.compile(self.matches)
        except re.error as error:
            raise BadRuleError(f"matches: {error}") from error

    def hears(self, child: str, name: str, line: str) -> bool:
        """Whether the fault is about this line."""
        return (
            child == self.child
            and fnmatchcase(name, self.target or "*")
            and re.search(self.matches, line) is not None
        )
