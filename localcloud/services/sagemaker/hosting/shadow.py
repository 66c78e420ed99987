"""Shadow variants: a copy of each request, whose answer nobody sees but the metrics and the captured data.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from localcloud.cloud import Cloud
from localcloud.services.sagemaker.hosting import capture, metering
from localcloud.services.sagemaker.hosting.endpoint import Endpoint
from localcloud.services.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.services.sagemaker.hosting.server import ContainerGoneError

_WORKERS = 4


class Shadows:
    """Sends the copies in the background; one per local cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._pool = ThreadPoolExecutor(_WORKERS, "shadow")
        self._lock = Lock()

    def copy(
        self,
        endpoint: Endpoint,
        fleet: Fleet,
        variant: Variant,
        *,
        request: dict[str, Any],
        body: bytes,
        headers: dict[str, str],
        event_id: str,
    ) -> None:
        """Send a request to the shadow variants as well, as often as their weight against the variant's says."""
        for shadow in list(fleet.shadows.values()):
            with self._lock:
                shadow.credit += min(1.0, shadow.weight / variant.weight) if variant.weight else 0.0
                if shadow.credit < 1.0 - 1e-9:
                    continue
                shadow.credit -= 1.0
            shadow.server.acquire()
            self._pool.submit(self._send, endpoint, fleet, shadow, request, body, headers, event_id)

    def _send(  # noqa: PLR0917 - called by the pool alone
        self,
        endpoint: Endpoint,
        fleet: Fleet,
        shadow: Variant,
        request: dict[str, Any],
        body: bytes,
        headers: dict[str, str],
        event_id: str,
    ) -> None:
        began = time.monotonic()
        try:
            answer = shadow.server.invoke(body, headers)
        except ContainerGoneError:
            seconds = time.monotonic() - began
            metering.invocation(endpoint, fleet, shadow, 0, model_seconds=seconds, seconds=seconds)
            return
        finally:
            shadow.server.release()
        seconds = time.monotonic() - began
        metering.invocation(endpoint, fleet, shadow, answer.status, model_seconds=answer.seconds, seconds=seconds)
        if answer.status < 400:
            keeper = capture.of(self._cloud)
            keeper.record(
                fleet.capture, endpoint, shadow, request=request, body=body, answer=answer, event_id=event_id
            )


_ALL: "WeakKeyDictionary[Cloud, Shadows]" = WeakKeyDictionary()
_LOCK = Lock()


def of(cloud: Cloud) -> Shadows:
    """What sends the copies in a local cloud."""
    with _LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Shadows(cloud)
        return _ALL[cloud]
