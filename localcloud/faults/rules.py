"""All sorts of faults, and how one is read out of JSON."""

from dataclasses import fields
from typing import Any

from localcloud.faults.api import CallFault
from localcloud.faults.children import OutputFault
from localcloud.faults.deliveries import EventFault, InvocationFault
from localcloud.faults.git import GitFault
from localcloud.faults.rule import BadRuleError, Rule

_RULES: dict[str, type[Rule]] = {
    rule.ON: rule for rule in (CallFault, OutputFault, InvocationFault, EventFault, GitFault)
}
_COUNTED = ("id", "seen", "hits")


def parse(wanted: Any, default_on: str | None = None) -> Rule:
    """A fault out of JSON.

    Args:
        wanted: an object with ``on`` and the fields of that sort of fault.
        default_on: what ``on`` is when it is left out.

    Raises:
        BadRuleError: it is none.

    """
    if not isinstance(wanted, dict):
        raise BadRuleError("a fault is an object")
    given = dict(wanted)
    rule = _RULES.get(str(given.pop("on", default_on)))
    if rule is None:
        raise BadRuleError(f"on: one of {', '.join(_RULES)}")
    known = {item.name for item in fields(rule)} - set(_COUNTED)
    if unknown := sorted(set(given) - known):
        raise BadRuleError(f"unknown fields: {', '.join(unknown)}")
    for name, value in given.items():
        _check_type(rule, name, value)
    made = rule(**given)
    made.check()
    return made


def _check_type(rule: type[Rule], name: str, value: Any) -> None:
    default = next(
        item.default_factory() if callable(item.default_factory) else item.default
        for item in fields(rule)
        if item.name == name
    )
    if name == "times" or (name == "method" and (value is None or isinstance(value, str))):
        return
    wanted: Any = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
        raise BadRuleError(f"{name}: not {value!r}")
