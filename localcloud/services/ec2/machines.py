"""Instances on which something runs: their states, and the end of their processes with them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from dataclasses import dataclass, field
from threading import Event, RLock
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from moto.ec2.models import ec2_backends

from localcloud.cloud import Cloud
from localcloud.faults import targets
from localcloud.principals import Credentials
from localcloud.processes import ChildProcess
from localcloud.services.ec2.metadata import MetadataService
from localcloud.services.ec2.moto_hook import become

SHUTDOWN_SECONDS = 10.0
"""How long processes may take after SIGTERM; systemd grants 90 seconds on an instance."""
_LIVE = ("pending", "running")


@dataclass(frozen=True)
class Identity:
    """Who an instance is.

    Attributes:
        role_arn: the role in its profile.
        credentials: of that role, unless EC2 may not assume it.

    """

    role_arn: str | None = None
    credentials: Credentials | None = None


@dataclass
class Machine:
    """One instance with a process.

    Attributes:
        gone: set when nothing runs on it any more and EC2 calls it terminated.
        lost: set when somebody has cut its life short: what it has not signalled will never be signalled.

    """

    cloud: Cloud
    account_id: str
    region: str
    id: str
    metadata: MetadataService
    access_key: str
    gone: Event = field(default_factory=Event)
    lost: Event = field(default_factory=Event)
    _child: ChildProcess | None = None
    _target: targets.Target | None = None
    _lock: RLock = field(default_factory=RLock)

    @property
    def state(self) -> str:
        """The instance's state in EC2."""
        return str(self._instance.state)

    def run(self, child: ChildProcess, command: str) -> None:
        """The command has begun."""
        with self._lock:
            self._child = child
            if self.state == "pending":
                become(self._instance, "running", 16)
            ending = self.state not in _LIVE
        self._target = targets.of(self.cloud).add(
            targets.Target(
                "instance", self.id, self.id, self._crash, self.terminate, self.access_key, about=command
            )
        )
        if ending:
            child.kill()

    def ended(self) -> None:
        """The command has ended; the instance lives on."""
        with self._lock:
            self._child = None
        if self._target is not None:
            targets.of(self.cloud).remove(self._target)

    def terminate(self, *, at_once: bool = False) -> str:
        """Begin to end the instance; the state that it had.

        Args:
            at_once: without shutting down the operating system (``SkipOsShutdown``).

        """
        with self._lock:
            before = self.state
            if before not in _LIVE:
                return before
            become(self._instance, "shutting-down", 32)
            if self._child is not None:
                self.lost.set()
        self.cloud.spawn(f"terminate-{self.id}", self._power_off, at_once)
        return before

    def _power_off(self, at_once: bool) -> None:
        try:
            with self._lock:
                child = self._child
            if child is not None and at_once:
                targets.of(self.cloud).bury(self.access_key)
                child.kill()
            elif child is not None:
                child.end(SHUTDOWN_SECONDS)
        finally:
            targets.of(self.cloud).bury(self.access_key)
            self.metadata.close()
            self._instance.terminate()
            self.gone.set()

    def _crash(self) -> None:
        """The processes die; EC2 does not notice."""
        with self._lock:
            child = self._child
        if child is not None:
            self.lost.set()
            child.kill()

    @property
    def _instance(self) -> Any:
        return ec2_backends[self.account_id][self.region].get_instance(self.id)


class Machines:
    """The machines of one local cloud; those that are gone are moto's alone."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._known: dict[str, Machine] = {}

    def start(
        self,
        account_id: str,
        region: str,
        instance_id: str,
        identity: Identity,
        *,
        stack_name: str,
        logical_id: str,
    ) -> Machine:
        """Make a machine of an instance of moto's, with the tags that CloudFormation gives it."""
        instance = ec2_backends[account_id][region].get_instance(instance_id)
        stack_id = f"arn:aws:cloudformation:{region}:{account_id}:stack/{stack_name}/{uuid4()}"
        instance.add_tags(
            {
                "aws:cloudformation:logical-id": logical_id,
                "aws:cloudformation:stack-id": stack_id,
                "aws:cloudformation:stack-name": stack_name,
            }
        )
        metadata = MetadataService(instance, account_id, region, identity.role_arn, identity.credentials)
        key = identity.credentials.access_key_id if identity.credentials else ""
        made = Machine(self._cloud, account_id, region, instance_id, metadata, key)
        self._known[instance_id] = made
        return made

    def find(self, instance_id: str) -> Machine | None:
        """The machine behind an instance, if it has one that is not gone."""
        found = self._known.get(instance_id)
        if found is not None and found.gone.is_set():
            self._known.pop(instance_id, None)
            return None
        return found


_ALL: "WeakKeyDictionary[Cloud, Machines]" = WeakKeyDictionary()
_LOCK = RLock()


def of(cloud: Cloud) -> Machines:
    """The machines of a local cloud."""
    with _LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Machines(cloud)
        return _ALL[cloud]
