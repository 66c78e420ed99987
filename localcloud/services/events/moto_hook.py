"""Lets moto's rules reach more targets, and only when they are enabled."""

import copy
import logging
from typing import Any

from moto.events.models import EventPattern, Rule

from localcloud.services.events import inputs, patterns
from localcloud.services.events.delivery import Delivery

log = logging.getLogger(__name__)

#: Replaced in moto: checked when the local cloud starts, since a new moto may have renamed it.
_PATCHED = "send_to_targets"
#: Services whose targets moto delivers to.
_MOTOS = ("logs", "events")
_ORIGINAL = getattr(Rule, _PATCHED, None)


def install(delivery: Delivery) -> None:
    """Deliver through `delivery` from now on; raises AttributeError for an unknown moto."""
    if _ORIGINAL is None:
        raise AttributeError(f"moto's Rule has no {_PATCHED}(): this version of moto is not supported")

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        # A rule that has a schedule only hears no events.
        pattern = self.event_pattern.get_pattern()
        if self.state == "ENABLED" and pattern and patterns.matches(pattern, inputs.envelope(original_event)):
            send(delivery, self, original_event, transform_input=transform_input)

    setattr(Rule, _PATCHED, send_to_targets)


def send(delivery: Delivery, rule: Any, original_event: Any, *, transform_input: bool = True) -> None:
    """Bring an event to every target of a rule."""
    event = inputs.envelope(original_event)
    for target in rule.targets:
        if delivery.handles(target):
            delivery.deliver(target, rule.arn, event)
        elif target["Arn"].split(":")[2] in _MOTOS and _ORIGINAL is not None:
            alone = copy.copy(rule)
            alone.targets = [target]
            alone.event_pattern = EventPattern.load(None)  # it has been matched
            _ORIGINAL(alone, original_event, transform_input)
        else:
            log.warning("not imitated: target %s of %s", target["Arn"], rule.arn)
