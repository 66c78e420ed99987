"""CloudWatch's metrics of endpoints.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html: invocation metrics have the dimensions
EndpointName and VariantName, and, so that a new fleet can be watched by itself, those and EndpointConfigName.
"""

import os
import time
from pathlib import Path
from threading import Lock

from localcloud.cloud import Cloud
from localcloud.services.cloudwatch import metrics
from localcloud.services.cloudwatch.metrics import Metric
from localcloud.services.sagemaker.hosting.endpoint import Endpoint
from localcloud.services.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.services.sagemaker.store import store_of

INVOCATIONS, INSTANCES = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
_MICROSECONDS = 1e6
_SAMPLE_SECONDS = 5.0
_MEMORY = 8 * 2**30
"""What an instance is taken to have: that of ml.m5.large."""


def invocation(
    endpoint: Endpoint, fleet: Fleet, variant: Variant, status: int, *, model_seconds: float, seconds: float
) -> None:
    """Record an invocation.

    Args:
        endpoint: what was invoked.
        fleet: its fleet that answered.
        variant: the variant that answered.
        status: what the container answered.
        model_seconds: how long it took.
        seconds: how long the whole request took here.

    """
    values = [
        ("Invocations", 1.0, "None"),
        ("InvocationsPerInstance", 1.0 / max(variant.instances or 1, 1), "None"),
        ("Invocation4XXErrors", float(400 <= status < 500), "None"),
        ("Invocation5XXErrors", float(status >= 500 or status == 0), "None"),
        ("InvocationModelErrors", float(status >= 400 or status == 0), "None"),
        ("ModelLatency", model_seconds * _MICROSECONDS, "Microseconds"),
        ("OverheadLatency", max(0.0, seconds - model_seconds) * _MICROSECONDS, "Microseconds"),
    ]
    store = metrics.of(endpoint.account_id, endpoint.region)
    own = {"EndpointName": endpoint.name, "VariantName": variant.name}
    for given in (own, {**own, "EndpointConfigName": fleet.config.name}):
        for name, value, unit in values:
            store.put(Metric(INVOCATIONS, name, metrics.dimensions(given)), value, unit)


class Sampler:
    """Looks at the models' processes now and then."""

    def __init__(self, cloud: Cloud, account_id: str, region: str) -> None:
        self._cloud = cloud
        self._account_id = account_id
        self._region = region
        self._ticks: dict[int, tuple[float, float]] = {}

    def run(self) -> None:
        """Sample while there are endpoints (in a thread of its own)."""
        store = store_of(self._account_id, self._region)
        while store.endpoints and not self._cloud.stopping:
            for endpoint in list(store.endpoints.values()):
                if endpoint.fleet is not None:
                    for variant in endpoint.fleet.all:
                        self._sample(endpoint, variant)
            for _ in range(int(_SAMPLE_SECONDS * 4)):
                if self._cloud.stopping:
                    return
                time.sleep(0.25)
        with _LOCK:
            _RUNNING.discard((id(self._cloud), self._account_id, self._region))

    def _sample(self, endpoint: Endpoint, variant: Variant) -> None:
        pid = variant.server.pid
        if pid is None or (used := _used(pid)) is None:
            return
        cpu, resident = used
        now = time.monotonic()
        before = self._ticks.get(pid)
        self._ticks[pid] = (now, cpu)
        store = metrics.of(self._account_id, self._region)
        given = metrics.dimensions({"EndpointName": endpoint.name, "VariantName": variant.name})
        percent = 100.0 * (cpu - before[1]) / (now - before[0]) if before else 0.0
        store.put(Metric(INSTANCES, "CPUUtilization", given), percent, "Percent")
        store.put(Metric(INSTANCES, "MemoryUtilization", given), 100.0 * resident / _MEMORY, "Percent")
        store.put(Metric(INSTANCES, "DiskUtilization", given), 0.0, "Percent")


def watch(cloud: Cloud, account_id: str, region: str) -> None:
    """Begin to sample the processes of an account and region, if nobody does."""
    key = (id(cloud), account_id, region)
    with _LOCK:
        if key in _RUNNING:
            return
        _RUNNING.add(key)
    cloud.spawn("endpoint-metrics", Sampler(cloud, account_id, region).run)


_RUNNING: set[tuple[int, str, str]] = set()
_LOCK = Lock()


def _used(pid: int) -> tuple[float, int] | None:
    """Seconds of processor time and resident bytes of a process (proc(5)); None where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    ticks = int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")
