"""The installation that is looked at: its names, and clients for its account."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

THREADS = 16
"""Requests at a time: hundreds of projects in seconds, and still below what the services throttle."""

PROJECT_ID = re.compile(r"p-[a-z0-9]{1,18}")


class PlatformError(Exception):
    """The installation cannot be looked at; the message says why, and what to do."""


@dataclass(frozen=True)
class Platform:
    """An installation of package 1.

    Attributes:
        name: package 1's ``name``, the beginning of what it owns.
        account_id: where it is.
        region: where it is.
        state_bucket: holds states, run records and releases.

    """

    name: str
    account_id: str
    region: str
    state_bucket: str
    _clients: "Clients" = field(repr=False, compare=False)

    @classmethod
    def find(cls, *, name: str = "sagemaker-projects", state_bucket: str | None = None) -> "Platform":
        """The installation in the account and region of the caller's credentials.

        Args:
            name: package 1's ``name``.
            state_bucket: package 1's output; it has to be that installation's, here.

        Raises:
            PlatformError: there is no region, or the bucket's name is not the one that package 1 gives.

        """
        clients = Clients()
        if clients.region is None:
            raise PlatformError("No region is set: export AWS_REGION=…")
        account = str(clients("sts").get_caller_identity()["Account"])
        ending = f"-state-{account}-{clients.region}"
        beginning = name.replace("sagemaker", "ml")
        bucket = state_bucket or f"{beginning}{ending}"
        if not bucket.endswith(ending):
            raise PlatformError(
                f"{bucket} is not a state bucket of the account {account} and the region {clients.region}: its "
                f"name would end in {ending}. Are these the right credentials and the right region?"
            )
        if bucket != f"{beginning}{ending}":
            raise PlatformError(
                f"{bucket} is not the state bucket of an installation called {name}, which would be "
                f"{beginning}{ending}. Say what package 1's variable name is: --name."
            )
        return cls(name, account, clients.region, bucket, clients)

    def client(self, service: str) -> Any:
        """A boto3 client; one per service, shared by all threads."""
        return self._clients(service)

    @property
    def lock_table(self) -> str:
        """The table of locks, owners and leases (service-catalog-setup/state.tf)."""
        return f"{self.name}-locks"

    @property
    def build(self) -> str:
        """The build that runs the runner for a project (service-catalog-setup/teardown.tf)."""
        return f"{self.name.replace('sagemaker', 'ml')}-teardown"

    @property
    def watch(self) -> str:
        """The function that knows which projects exist (service-catalog-setup/watch.tf)."""
        return f"{self.name.replace('sagemaker', 'ml')}-watch"

    @property
    def role_path(self) -> str:
        """The path of every project's roles."""
        return f"/{self.name}/projects/"


class Clients:
    """Clients for one account, made when they are first asked for."""

    def __init__(self) -> None:
        self._session = boto3.session.Session()
        # Throttling is to be expected with many projects; adaptive slows all threads down together.
        self._config = Config(
            retries={"mode": "adaptive", "max_attempts": 8},
            max_pool_connections=THREADS,
            user_agent_extra="projects",
        )
        self._lock = Lock()  # a session makes one client at a time
        self._made: dict[str, Any] = {}

    @property
    def region(self) -> str | None:
        """The region of the caller's settings."""
        name: str | None = self._session.region_name
        return name

    def __call__(self, service: str) -> Any:
        """The client of a service."""
        with self._lock:
            if service not in self._made:
                self._made[service] = self._session.client(service, config=self._config)
            return self._made[service]


def everything(client: Any, operation: str, member: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """The items of all pages of an operation that botocore can paginate."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(member, [])


def workers() -> ThreadPoolExecutor:
    """Threads for requests that do not depend on each other."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="projects")
