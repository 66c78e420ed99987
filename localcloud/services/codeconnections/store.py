"""Connections and hosts, kept per account and region as moto keeps its own."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from localcloud.responses import ServiceError

Status = Literal["PENDING", "AVAILABLE", "ERROR"]

#: Providers of installed software: a connection to one of them goes through a host.
INSTALLED_PROVIDERS = ("GitHubEnterpriseServer", "GitLabSelfManaged")


@dataclass
class Connection:
    """A connection to a provider; usable once a person has authorized it."""

    arn: str
    name: str
    provider: str
    account_id: str
    host_arn: str | None = None
    status: Status = "PENDING"
    tags: dict[str, str] = field(default_factory=dict)

    def shape(self) -> dict[str, Any]:
        """As the API describes it."""
        return {
            "ConnectionName": self.name,
            "ConnectionArn": self.arn,
            "ProviderType": self.provider,
            "OwnerAccountId": self.account_id,
            "ConnectionStatus": self.status,
            "HostArn": self.host_arn,
        }


@dataclass
class Host:
    """The installed software that connections of an enterprise go to."""

    arn: str
    name: str
    provider: str
    endpoint: str
    vpc: dict[str, Any] | None = None
    status: str = "PENDING"
    tags: dict[str, str] = field(default_factory=dict)

    def shape(self) -> dict[str, Any]:
        """As the API describes it."""
        return {
            "Name": self.name,
            "HostArn": self.arn,
            "ProviderType": self.provider,
            "ProviderEndpoint": self.endpoint,
            "VpcConfiguration": self.vpc,
            "Status": self.status,
        }


class Connections(BaseBackend, TaggableResourcesMixin):
    """What exists in one account and region, whichever of the service's names made it."""

    SERVICE_NAMESPACE = "codeconnections"
    account_id: str
    region_name: str

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._connections: dict[str, Connection] = {}
        self._hosts: dict[str, Host] = {}

    def create(
        self, prefix: str, *, name: str, provider: str, tags: dict[str, str], host_arn: str | None = None
    ) -> Connection:
        """Make a pending connection; `prefix` is the service of its ARN (either of the two names)."""
        connection = Connection(
            arn=self._arn(prefix, f"connection/{uuid.uuid4()}"),
            name=name,
            provider=provider,
            account_id=self.account_id,
            host_arn=host_arn,
            tags=dict(tags),
        )
        self._connections[connection.arn] = connection
        return connection

    def create_host(
        self,
        prefix: str,
        *,
        name: str,
        provider: str,
        endpoint: str,
        vpc: dict[str, Any] | None,
        tags: dict[str, str],
    ) -> Host:
        """Make a pending host."""
        arn = self._arn(prefix, f"host/{name}-{uuid.uuid4().hex[:8]}")
        host = Host(arn=arn, name=name, provider=provider, endpoint=endpoint, vpc=vpc, tags=dict(tags))
        self._hosts[arn] = host
        return host

    def find(self, arn: str) -> Connection | None:
        """The connection, None when there is none."""
        return self._connections.get(arn)

    def get(self, arn: str) -> Connection:
        """The connection; raises ResourceNotFoundException."""
        connection = self._connections.get(arn)
        if connection is None:
            raise ServiceError("ResourceNotFoundException", f"Connection [{arn}] not found")
        return connection

    def host(self, arn: str) -> Host:
        """The host; raises ResourceNotFoundException."""
        host = self._hosts.get(arn)
        if host is None:
            raise ServiceError("ResourceNotFoundException", f"Host [{arn}] not found")
        return host

    def tagged(self, arn: str) -> Connection | Host:
        """Whatever has this ARN; raises ResourceNotFoundException."""
        return self.host(arn) if ":host/" in arn else self.get(arn)

    def delete(self, arn: str) -> None:
        """Remove a connection; raises ResourceNotFoundException."""
        del self._connections[self.get(arn).arn]

    def delete_host(self, arn: str) -> None:
        """Remove a host that no connection uses; raises ResourceNotFoundException or ConflictException."""
        host = self.host(arn)
        if any(connection.host_arn == arn for connection in self._connections.values()):
            raise ServiceError("ConflictException", "Host has connections: delete them first")
        del self._hosts[host.arn]

    def connections(self) -> list[Connection]:
        """All connections, by name."""
        return sorted(self._connections.values(), key=lambda item: item.name)

    def hosts(self) -> list[Host]:
        """All hosts, by name."""
        return sorted(self._hosts.values(), key=lambda item: item.name)

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Everything, for the Resource Groups Tagging API."""
        for item in self.connections():
            kind = f"{item.arn.split(':')[2]}:connection"
            yield TaggedResource(arn=item.arn, tags=item.tags, resource_type=kind)

    def owns_arn(self, arn: str) -> bool:
        """Whether the resource is kept here, for the Resource Groups Tagging API."""
        return arn in self._connections or arn in self._hosts

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Set tags."""
        self.tagged(arn).tags.update(tags)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags."""
        tags = self.tagged(arn).tags
        for key in tag_keys:
            tags.pop(key, None)

    def _arn(self, prefix: str, rest: str) -> str:
        return f"arn:aws:{prefix}:{self.region_name}:{self.account_id}:{rest}"


_STORES = BackendDict(Connections, "codestar-connections")


def connections_of(account_id: str, region: str) -> Connections:
    """The connections of an account in a region."""
    found: Connections = _STORES[account_id][region]
    return found


def find(arn: str) -> Connection | None:
    """A connection anywhere, None when there is none."""
    for regions in list(_STORES.values()):
        for connections in list(regions.values()):
            if (found := connections.find(arn)) is not None:
                return found
    return None
