"""The list of faults: who is struck, and how often."""

import json
import logging
from collections.abc import Callable
from itertools import count
from threading import Lock
from typing import Any, TypeVar

from werkzeug.wrappers import Request, Response

from localcloud.faults.api import CallFault
from localcloud.faults.children import Kill, OutputFault
from localcloud.faults.deliveries import EventFault, InvocationFault
from localcloud.faults.git import GitFault
from localcloud.faults.rule import BadRuleError, Rule
from localcloud.faults.rules import parse
from localcloud.faults.targets import Target, Targets

_log = logging.getLogger(__name__)

AnyRule = TypeVar("AnyRule", bound=Rule)


class Faults:
    """All faults of one local cloud, and how often they have happened."""

    def __init__(self, targets: Targets | None = None) -> None:
        self._targets = targets or Targets(lambda _: None)
        self._rules: list[Rule] = []
        self._numbers = count(1)
        self._lock = Lock()

    def add(self, rule: Rule) -> Rule:
        """Activate a fault; of several that match, the first whose turn it is happens."""
        with self._lock:
            rule.id = f"fault-{next(self._numbers)}"
            self._rules.append(rule)
        return rule

    def clear(self, rule_id: str | None = None) -> None:
        """Forget one fault, or all."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rule_id not in (None, rule.id)]

    def listed(self) -> list[dict[str, Any]]:
        """All faults since the last clear, spent ones included, with their counts."""
        with self._lock:
            return [rule.shape() for rule in self._rules]

    def call(
        self, service: str, operation: str, principals: list[str], parameters: dict[str, Any]
    ) -> CallFault | None:
        """The fault of an API call."""
        return self._take(
            CallFault,
            lambda rule: (
                rule.matches(service, operation, principals, parameters) and self._is_about(rule, principals)
            ),
        )

    def invocation(self, function: str, payload: Any, *, duplicating: bool) -> InvocationFault | None:
        """The fault of an invocation: of its delivery (``duplicating``), or of its run."""
        return self._take(
            InvocationFault,
            lambda rule: (rule.kind == "duplicate") == duplicating and rule.matches(function, payload),
        )

    def event(self, event: dict[str, Any], rule_arn: str, target_arn: str) -> EventFault | None:
        """The fault of an event's delivery to a target."""
        return self._take(EventFault, lambda rule: rule.matches(event, rule_arn, target_arn))

    def git(self, method: str, path: str) -> GitFault | None:
        """The fault of a request to the git host."""
        return self._take(GitFault, lambda rule: rule.matches(method, path))

    def heard(self, child: str, name: str, line: str) -> None:
        """A child has written a line: the faults that wait for it happen now."""
        if not self._rules:
            return
        fault = self._take(
            OutputFault, lambda rule: rule.hears(child, name, line) and self._is_about(rule, [name])
        )
        if fault is not None:
            self.kill(fault, name=name)

    def kill(self, fault: Kill, *, session: str | None = None, name: str = "") -> list[Target]:
        """Kill whom the fault names, else the one of that session or name; those that were killed."""
        found = self._targets.find(fault.child, name if name else fault.target, session)
        for target in found:
            _log.warning("injected fault: %s of %s %s", fault.how, target.child, target.name)
            self._targets.end(target, fault.how, expire=fault.expire)
        return found

    def control(self, request: Request, default_on: str | None = None) -> Response:
        """POST adds one fault or a list of them, GET lists, DELETE clears (``?id=`` only one)."""
        if request.method == "DELETE":
            self.clear(request.args.get("id"))
        elif request.method == "POST":
            body = request.get_json(force=True, silent=True)
            try:
                rules = [parse(item, default_on) for item in (body if isinstance(body, list) else [body])]
            except BadRuleError as error:
                return _json({"message": str(error)}, 400)
            return _json([self.add(rule).shape() for rule in rules])
        elif request.method != "GET":
            return _json({"message": "GET, POST or DELETE"}, 405)
        return _json(self.listed())

    def _is_about(self, rule: Kill, names: list[str]) -> bool:
        return not rule.about or rule.about in self._targets.about(names)

    def _take(self, sort: type[AnyRule], matches: Callable[[AnyRule], bool]) -> AnyRule | None:
        with self._lock:
            for rule in self._rules:
                if isinstance(rule, sort) and matches(rule) and rule.strikes():
                    return rule
        return None


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
