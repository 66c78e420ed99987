"""SageMaker's events: on the account's default event bus, and for the local cloud's own services.

Shapes: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

import json
import logging
from datetime import datetime
from typing import Any

from moto.events.models import events_backends

from localcloud.cloud import Cloud
from localcloud.services.sagemaker.store import SageMakerStore

_log = logging.getLogger(__name__)
SOURCE = "aws.sagemaker"


def put(
    cloud: Cloud, store: SageMakerStore, detail_type: str, resources: list[str], detail: dict[str, Any]
) -> None:
    """Put an event on the default bus, and publish it in the local cloud as ``eventbridge``.

    moto delivers to log groups, queues and other buses. For a rule with another kind of target it raises; such
    targets are served by those who subscribe to ``eventbridge``.
    """
    written = json.dumps({name: value for name, value in detail.items() if value is not None}, default=_written)
    entry = {"Source": SOURCE, "DetailType": detail_type, "Resources": resources, "Detail": written}
    try:
        events_backends[store.account_id][store.region_name].put_events([entry])
    except NotImplementedError:
        _log.debug("a rule for '%s' has a target that moto does not deliver to", detail_type)
    event = {
        "source": SOURCE,
        "detail-type": detail_type,
        "account": store.account_id,
        "region": store.region_name,
        "resources": resources,
        "detail": json.loads(written),
    }
    cloud.events.publish("eventbridge", event)


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    raise TypeError(f"{value!r} cannot be written into an event")
