"""EventBridge: moto keeps buses and rules; functions, pipelines, builds and topics are targets that really hear.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from typing import TYPE_CHECKING

from localcloud.services.events import moto_hook
from localcloud.services.events.delivery import Delivery
from localcloud.services.events.schedules import Schedules

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:
    """Let the rules reach the targets that moto does not deliver to."""
    delivery = Delivery(cloud)
    moto_hook.install(delivery)
    cloud.routes["schedules"] = Schedules(cloud, lambda rule, event: moto_hook.send(delivery, rule, event)).control
