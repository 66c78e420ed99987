"""Connections and hosts of one local cloud."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from localcloud.responses import ServiceError

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

Status = Literal["PENDING", "AVAILABLE", "ERROR"]

#: Providers of installed software: a connection to one of them goes through a host.
INSTALLED_PROVIDERS = ("GitHubEnterpriseServer", "GitLabSelfManaged")


@dataclass(frozen=True)
class Owner:
    """Where a new resource belongs; `prefix` is the service of its ARN (codeconnections, codestar-connections)."""

    account_id: str
    region: str
    prefix: str

    def arn(self, kind: str) -> str:
        """A new ARN."""
        return f"arn:aws:{self.prefix}:{self.region}:{self.account_id}:{kind}/{uuid.uuid4()}"


@dataclass
class Connection:
    """A connection to a provider; usable once a person has authorized it."""

    arn: str
    name: str
    provider: str
    account_id: str
    region: str
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
    account_id: str
    region: str
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


class Connections:
    """What exists, found by ARN; both ARN prefixes lead to the same place."""

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}
        self._hosts: dict[str, Host] = {}

    def create(
        self, owner: Owner, *, name: str, provider: str, tags: dict[str, str], host_arn: str | None = None
    ) -> Connection:
        """Make a pending connection."""
        if host_arn is not None:
            self.host(host_arn)
        connection = Connection(
            arn=owner.arn("connection"),
            name=name,
            provider=provider,
            account_id=owner.account_id,
            region=owner.region,
            host_arn=host_arn,
            tags=dict(tags),
        )
        self._connections[connection.arn] = connection
        return connection

    def create_host(
        self,
        owner: Owner,
        *,
        name: str,
        provider: str,
        endpoint: str,
        vpc: dict[str, Any] | None,
        tags: dict[str, str],
    ) -> Host:
        """Make a pending host."""
        arn = f"{owner.arn(f'host/{name}').rsplit('/', 1)[0]}-{uuid.uuid4().hex[:8]}"
        host = Host(
            arn=arn,
            name=name,
            provider=provider,
            endpoint=endpoint,
            account_id=owner.account_id,
            region=owner.region,
            vpc=vpc,
            tags=dict(tags),
        )
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

    def connections(self, account_id: str, region: str) -> list[Connection]:
        """All of a region, by name."""
        return sorted(
            (
                item
                for item in self._connections.values()
                if (item.account_id, item.region) == (account_id, region)
            ),
            key=lambda item: item.name,
        )

    def hosts(self, account_id: str, region: str) -> list[Host]:
        """All of a region, by name."""
        return sorted(
            (item for item in self._hosts.values() if (item.account_id, item.region) == (account_id, region)),
            key=lambda item: item.name,
        )


_STORES: WeakKeyDictionary["Cloud", Connections] = WeakKeyDictionary()


def of(cloud: "Cloud") -> Connections:
    """The connections of a local cloud."""
    return _STORES.setdefault(cloud, Connections())
