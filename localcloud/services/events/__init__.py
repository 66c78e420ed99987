"""EventBridge: moto keeps buses and rules; functions, pipelines, builds and topics are targets that really hear.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from typing import TYPE_CHECKING

from localcloud.services.events import moto_hook
from localcloud.services.events.delivery import Delivery

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:
    """Let the rules reach the targets that moto does not deliver to."""
    moto_hook.install(Delivery(cloud))
