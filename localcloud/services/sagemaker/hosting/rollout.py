"""A deployment under way: traffic moves step by step, alarms are watched, and back it goes when one fires.

Minutes pass in seconds: each wait takes no longer than the pace allows, and ``/_localcloud/waits``
ends it at once.
"""

import time
from collections.abc import Callable

from moto.cloudwatch.models import cloudwatch_backends

from localcloud import waits
from localcloud.cloud import Cloud
from localcloud.services import cloudwatch
from localcloud.services.sagemaker.hosting.endpoint import Endpoint
from localcloud.services.sagemaker.hosting.fleet import Fleet
from localcloud.services.sagemaker.hosting.guardrails import Plan, Step
from localcloud.services.sagemaker.hosting.pace import pace

_LOOK_SECONDS = 0.1


class AlarmFiredError(Exception):
    """An alarm of the AutoRollbackConfiguration is in ALARM; the message is the reason of the rollback."""


class Rollout:
    """Moves an endpoint's traffic to a fleet that already runs."""

    def __init__(self, cloud: Cloud, endpoint: Endpoint, plan: Plan, tell: Callable[[], None]) -> None:
        self._cloud = cloud
        self._endpoint = endpoint
        self._plan = plan
        self._tell = tell

    def run(self, fleet: Fleet) -> None:
        """Shift the traffic to ``fleet``; the old fleet still runs afterwards.

        Raises:
            AlarmFiredError: an alarm has fired; the traffic is where it was at that moment.

        """
        self._look()
        for step in self._plan.steps:
            fleet.set_status("ActivatingTraffic", f"Activating traffic on {_capacity(step, fleet)}.")
            with self._endpoint.lock:
                self._endpoint.share = step.share
            words = f"Baking for {step.wait} seconds (WaitIntervalInSeconds) with traffic enabled on "
            fleet.set_status("Baking", f"{words}{_capacity(step, fleet)}.")
            self._tell()
            self._bake("baking", step.wait)
        if self._plan.termination_wait:
            seconds = self._plan.termination_wait
            words = f"Baking for {seconds} seconds (TerminationWaitInSeconds) with traffic enabled on "
            fleet.set_status("Baking", f"{words}{_capacity(self._plan.steps[-1], fleet)}.")
            self._bake("termination", self._plan.termination_wait)

    def _bake(self, kind: str, seconds: int) -> None:
        """Wait and watch."""
        allowed = pace(self._cloud).allows(self._endpoint.name, seconds)
        with waits.of(self._cloud).open(kind, self._endpoint.name, "", allowed) as wait:
            while not wait.over and not self._cloud.stopping:
                self._look()
                time.sleep(_LOOK_SECONDS)
        self._look()

    def _look(self) -> None:
        if not self._plan.alarms:
            return
        cloudwatch.of(self._cloud).evaluate()
        alarms = cloudwatch_backends[self._endpoint.account_id][self._endpoint.region].alarms
        fired = [name for name in self._plan.alarms if name in alarms and alarms[name].state_value == "ALARM"]
        if fired:
            raise AlarmFiredError(
                "The deployment was rolled back because of alarms in the ALARM state: "
                + "; ".join(f"{name} ({alarms[name].state_reason})" for name in fired)
            )


def linger(cloud: Cloud, kind: str, subject: str, seconds: int) -> None:
    """Let a phase take its time, as far as the pace allows."""
    allowed = pace(cloud).allows(subject, seconds)
    with waits.of(cloud).open(kind, subject, "", allowed) as wait:
        while not wait.over and not cloud.stopping:
            time.sleep(_LOOK_SECONDS)


def _capacity(step: Step, fleet: Fleet) -> str:
    count = max(1, round(step.share * fleet.instances)) if step.capacity != "full" else fleet.instances
    return f"{step.capacity} capacity of {count} instance(s)"
