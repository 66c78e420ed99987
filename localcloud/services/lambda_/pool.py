"""The execution environments of all functions: one per event in flight, kept warm for the next."""

import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.services.lambda_ import archive, runtime_folder
from localcloud.services.lambda_.environment import Environment
from localcloud.services.lambda_.errors import throttled
from localcloud.services.lambda_.functions import Function
from localcloud.services.lambda_.process_environment import Folders

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

#: Warm environments cost memory: AWS keeps them for minutes, this machine keeps a few for less.
_IDLE_SECONDS = 300.0
_IDLE_ENVIRONMENTS = 4


class Pool:
    """Hands out environments."""

    def __init__(self, cloud: "Cloud", xray_address: str) -> None:
        self._cloud = cloud
        self._xray_address = xray_address
        self._folder = cloud.folder("lambda")
        self._runtime: Path | None = None
        self._lock = threading.Lock()
        self._idle: list[Environment] = []
        self._busy: Counter[str] = Counter()

    def acquire(self, function: Function) -> Environment:
        """A warm environment of exactly this version and configuration, or a new one.

        Raises ServiceError when the function's reserved concurrency is used up.
        """
        fingerprint = function.fingerprint()
        with self._lock:
            limit = function.reserved_concurrency
            if limit is not None and self._busy[function.arn] >= limit:
                raise throttled()
            self._busy[function.arn] += 1
            outdated = [item for item in self._idle if self._outdated(item, function)]
            self._idle = [item for item in self._idle if item not in outdated]
            warm = next((item for item in self._idle if item.function.fingerprint() == fingerprint), None)
            if warm is not None:
                self._idle.remove(warm)
        self._close(outdated)
        if warm is not None:
            return warm
        try:
            return Environment(self._cloud, function, self._folders(function), self._xray_address)
        except BaseException:
            with self._lock:
                self._busy[function.arn] -= 1
            raise

    def release(self, environment: Environment) -> None:
        """Take an environment back: warm if it still works."""
        outdated: list[Environment] = []
        with self._lock:
            self._busy[environment.function.arn] -= 1
            if environment.usable and not self._cloud.stopping:
                self._idle.append(environment)
            else:
                outdated.append(environment)
            while len(self._idle) > _IDLE_ENVIRONMENTS:
                outdated.append(self._idle.pop(0))
        self._close(outdated)

    def forget(self, arn: str) -> None:
        """End the idle environments of a function that is deleted."""
        with self._lock:
            outdated = [item for item in self._idle if item.function.arn == arn]
            self._idle = [item for item in self._idle if item not in outdated]
        self._close(outdated)

    @staticmethod
    def _outdated(environment: Environment, function: Function) -> bool:
        if not environment.usable or time.monotonic() - environment.last_used > _IDLE_SECONDS:
            return True
        other = environment.function
        same = (other.arn, other.version) == (function.arn, function.version)
        return same and other.fingerprint() != function.fingerprint()

    def _close(self, environments: list[Environment]) -> None:
        for environment in environments:
            self._cloud.spawn("end-function-environment", environment.close)

    def _folders(self, function: Function) -> Folders:
        own = self._folder / function.region / function.name
        code = f"{function.code_sha256}".replace("/", "_").replace("=", "")
        task = archive.unpack(function.code, own / code)
        layers = tuple(
            archive.unpack(layer, own / f"{code}-layer-{index}") for index, layer in enumerate(function.layers)
        )
        with self._lock:
            if self._runtime is None:
                self._runtime = runtime_folder.build(self._folder / "runtime" / "packages")
                runtime_folder.build_programs(self._folder / "runtime" / "programs")
        home = self._cloud.temporary_folder("lambda", function.name)
        return Folders(task, layers, self._runtime, self._folder / "runtime" / "programs", home)
