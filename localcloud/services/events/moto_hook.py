"""Lets moto's rules reach more targets, and only when they are enabled."""

import copy
import logging
from typing import Any

from moto.events.models import Rule

from localcloud.services.events import inputs
from localcloud.services.events.delivery import Delivery

log = logging.getLogger(__name__)

#: Replaced in moto: checked when the local cloud starts, since a new moto may have renamed it.
_PATCHED = "send_to_targets"
#: Services whose targets moto delivers to.
_MOTOS = ("logs", "sqs", "events")
_ORIGINAL = getattr(Rule, _PATCHED, None)


def install(delivery: Delivery) -> None:
    """Deliver through `delivery` from now on; raises AttributeError for an unknown moto."""
    if _ORIGINAL is None:
        raise AttributeError(f"moto's Rule has no {_PATCHED}(): this version of moto is not supported")

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        if self.state != "ENABLED" or not self.event_pattern.matches_event(original_event):
            return
        event = inputs.envelope(original_event)
        for target in self.targets:
            if delivery.handles(target):
                delivery.deliver(target, self.arn, inputs.body(target, event))
            elif target["Arn"].split(":")[2] in _MOTOS:
                alone = copy.copy(self)
                alone.targets = [target]
                _ORIGINAL(alone, original_event, transform_input)
            else:
                log.warning("not imitated: target %s of %s", target["Arn"], self.arn)

    setattr(Rule, _PATCHED, send_to_targets)
