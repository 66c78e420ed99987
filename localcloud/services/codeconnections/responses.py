"""The operations on connections and hosts, under both of the service's names."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from localcloud.responses import LocalResponse, ServiceError, operations
from localcloud.services.codeconnections import store


class ConnectionOperations(LocalResponse):
    """What both APIs have; only the ARNs of new resources differ."""

    def create_connection(self) -> ActionResult:
        """CreateConnection: pending until a person authorizes it."""
        provider, host_arn = self.params.get("ProviderType"), self.params.get("HostArn")
        if (provider is None) == (host_arn is None):
            raise ServiceError("ValidationException", "Give either ProviderType or HostArn")
        connections = self._connections()
        if host_arn is not None:
            provider = connections.host(host_arn).provider
        connection = connections.create(
            self.service,
            name=self.params["ConnectionName"],
            provider=str(provider),
            tags=_tags(self.params),
            host_arn=host_arn,
        )
        return ActionResult({"ConnectionArn": connection.arn, "Tags": _tag_list(connection.tags)})

    def get_connection(self) -> ActionResult:
        """GetConnection."""
        return ActionResult({"Connection": self._connections().get(self.params["ConnectionArn"]).shape()})

    def list_connections(self) -> ActionResult:
        """ListConnections, of a provider or host when asked so."""
        provider, host_arn = self.params.get("ProviderTypeFilter"), self.params.get("HostArnFilter")
        found = [
            connection.shape()
            for connection in self._connections().connections()
            if provider in (None, connection.provider) and host_arn in (None, connection.host_arn)
        ]
        return ActionResult(_page(self.params, "Connections", found))

    def delete_connection(self) -> ActionResult:
        """DeleteConnection."""
        self._connections().delete(self.params["ConnectionArn"])
        return EmptyResult()

    def create_host(self) -> ActionResult:
        """CreateHost."""
        host = self._connections().create_host(
            self.service,
            name=self.params["Name"],
            provider=self.params["ProviderType"],
            endpoint=self.params["ProviderEndpoint"],
            vpc=self.params.get("VpcConfiguration"),
            tags=_tags(self.params),
        )
        return ActionResult({"HostArn": host.arn, "Tags": _tag_list(host.tags)})

    def get_host(self) -> ActionResult:
        """GetHost."""
        return ActionResult(self._connections().host(self.params["HostArn"]).shape())

    def list_hosts(self) -> ActionResult:
        """ListHosts."""
        found = [host.shape() for host in self._connections().hosts()]
        return ActionResult(_page(self.params, "Hosts", found))

    def update_host(self) -> ActionResult:
        """UpdateHost."""
        host = self._connections().host(self.params["HostArn"])
        host.endpoint = self.params.get("ProviderEndpoint") or host.endpoint
        host.vpc = self.params.get("VpcConfiguration") or host.vpc
        return EmptyResult()

    def delete_host(self) -> ActionResult:
        """DeleteHost."""
        self._connections().delete_host(self.params["HostArn"])
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """ListTagsForResource."""
        return ActionResult({"Tags": _tag_list(self._connections().tagged(self.params["ResourceArn"]).tags)})

    def tag_resource(self) -> ActionResult:
        """TagResource."""
        self._connections().tagged(self.params["ResourceArn"]).tags.update(_tags(self.params))
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """UntagResource."""
        tags = self._connections().tagged(self.params["ResourceArn"]).tags
        for key in self.params["TagKeys"]:
            tags.pop(key, None)
        return EmptyResult()

    def _connections(self) -> store.Connections:
        return store.connections_of(self.current_account, self.region)


@operations("codeconnections")
class CodeConnectionsResponse(ConnectionOperations):
    """The service by its name since 2024."""


@operations("codestar-connections")
class CodeStarConnectionsResponse(ConnectionOperations):
    """The service by its first name, which Terraform's provider still has a resource for."""


def _tags(params: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _page(params: dict[str, Any], name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    start = int(params.get("NextToken") or 0)
    size = params.get("MaxResults") or 100
    page: dict[str, Any] = {name: items[start : start + size]}
    if start + size < len(items):
        page["NextToken"] = str(start + size)
    return page
