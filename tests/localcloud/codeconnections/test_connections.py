"""Connections: pending until somebody authorizes them, under both of the service's names."""

import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError


def authorize(cloud: Any, arn: str, **more: str) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the address of the test's own cloud
        f"{cloud.endpoint}/_localcloud/connections/authorize",
        data=json.dumps({"connectionArn": arn, **more}).encode(),
        method="POST",
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - the test's own cloud
        return json.load(answer)


def test_there_is_one_connection_from_the_start(cloud: Any) -> None:
    client = cloud.client("codeconnections")

    found = client.get_connection(ConnectionArn=cloud.internal.default_connection_arn)["Connection"]

    assert (found["ConnectionName"], found["ConnectionStatus"]) == ("github", "AVAILABLE")
    tags = client.list_tags_for_resource(ResourceArn=found["ConnectionArn"])["Tags"]
    assert tags == [{"Key": "sagemaker", "Value": "true"}]
    assert found in client.list_connections(ProviderTypeFilter="GitHub")["Connections"]


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
def test_a_connection_lives(cloud: Any, service: str) -> None:
    client = cloud.client(service)
    arn = client.create_connection(
        ProviderType="GitHub", ConnectionName="ours", Tags=[{"Key": "a", "Value": "b"}]
    )["ConnectionArn"]

    assert arn.startswith(f"arn:aws:{service}:eu-central-1:123456789012:connection/")
    assert client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"] == "PENDING"
    assert authorize(cloud, arn)["ConnectionStatus"] == "AVAILABLE"
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    client.delete_connection(ConnectionArn=arn)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_connection(ConnectionArn=arn)


def test_installed_software_is_connected_through_a_host(cloud: Any) -> None:
    client = cloud.client("codestar-connections")
    host = client.create_host(
        Name="enterprise", ProviderType="GitHubEnterpriseServer", ProviderEndpoint="https://git.example.com"
    )["HostArn"]

    arn = client.create_connection(HostArn=host, ConnectionName="through")["ConnectionArn"]

    assert client.get_connection(ConnectionArn=arn)["Connection"]["ProviderType"] == "GitHubEnterpriseServer"
    assert client.get_host(HostArn=host)["ProviderEndpoint"] == "https://git.example.com"
    with pytest.raises(client.exceptions.ConflictException):
        client.delete_host(HostArn=host)
    client.delete_connection(ConnectionArn=arn)
    client.delete_host(HostArn=host)


def test_the_provider_is_asked_for(cloud: Any) -> None:
    with pytest.raises(ClientError, match="either ProviderType or HostArn"):
        cloud.client("codeconnections").create_connection(ConnectionName="none")


def test_the_cli_lists_them(cloud: Any) -> None:
    names = [item["ConnectionName"] for item in cloud.aws("codeconnections", "list-connections")["Connections"]]

    assert "github" in names
