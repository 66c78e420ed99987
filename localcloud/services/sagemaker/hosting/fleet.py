"""The fleet of an endpoint: the variants of one configuration, deployed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud.cloud import Cloud
from localcloud.service_role import RoleLog
from localcloud.services.sagemaker import roles
from localcloud.services.sagemaker.hosting.endpoint_config import EndpointConfig
from localcloud.services.sagemaker.hosting.model import Model
from localcloud.services.sagemaker.hosting.server import ModelServer
from localcloud.services.sagemaker.resources import now, random_id

_SESSION = "SageMaker"
_HEALTH_SECONDS = 60.0
_DRAIN_SECONDS = 60.0


@dataclass
class Variant:
    """A deployed variant.

    Attributes:
        config: the variant in its endpoint configuration.
        model: its model, as it was when it was deployed.
        server: what answers.
        weight: its share of the traffic is this over the sum of all weights.
        instances: how many instances it has; None when it is serverless.
        serverless: CurrentServerlessConfig; None when it has instances.
        status: ``Creating``, ``Updating``, ``ActivatingTraffic``, ``Baking``, … while something happens to it.
        credit: what the variant is owed of the next requests (see ``Endpoint.choose``).

    """

    config: dict[str, Any]
    model: Model
    server: ModelServer
    weight: float
    instances: int | None
    serverless: dict[str, Any] | None
    shadow: bool = False
    status: str | None = None
    status_message: str | None = None
    status_since: datetime = field(default_factory=now)
    deployed: datetime = field(default_factory=now)
    credit: float = 0.0

    @property
    def name(self) -> str:
        """The variant's name."""
        return str(self.config["VariantName"])

    def set_status(self, status: str | None, message: str | None = None) -> None:
        """Say what happens to it; None when nothing does."""
        self.status, self.status_message, self.status_since = status, message, now()

    def describe(self) -> dict[str, Any]:
        """Its entry in DescribeEndpoint."""
        image = str(self.model.container["Image"])
        described: dict[str, Any] = {
            "VariantName": self.name,
            "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": self.deployed}],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.weight,
        }
        if self.serverless is not None:
            described |= {"CurrentServerlessConfig": self.serverless, "DesiredServerlessConfig": self.serverless}
        else:
            described |= {"CurrentInstanceCount": self.instances, "DesiredInstanceCount": self.instances}
        for member in ("ManagedInstanceScaling", "RoutingConfig"):
            if member in self.config:
                described[member] = self.config[member]
        if self.status is not None:
            said = {"Status": self.status, "StatusMessage": self.status_message, "StartTime": self.status_since}
            described["VariantStatus"] = [said]
        return described


class Fleet:
    """All variants of one configuration, and the processes behind them.

    Attributes:
        config: the configuration.
        variants: production variants by name.
        shadows: shadow variants by name.
        capture: DataCaptureConfig as it is in force.

    """

    def __init__(self, config: EndpointConfig) -> None:
        self.config = config
        self.variants: dict[str, Variant] = {}
        self.shadows: dict[str, Variant] = {}
        self.capture = config.capture
        self.started = now()
        self._servers: dict[str, ModelServer] = {}

    @property
    def all(self) -> list[Variant]:
        """Production and shadow variants."""
        return [*self.variants.values(), *self.shadows.values()]

    @property
    def instances(self) -> int:
        """Instances of all production variants."""
        return sum(variant.instances or 0 for variant in self.variants.values())

    def start(self, cloud: Cloud, endpoint: str, region: str, models: dict[str, Model]) -> None:
        """Start what the configuration names; variants of one model share a process.

        Args:
            cloud: the local cloud.
            endpoint: the endpoint's name.
            region: the endpoint's region.
            models: by name, those that the variants have.

        Raises:
            StartError: a container did not come up; the message is the endpoint's FailureReason.
            ValidationError: a model's role cannot be assumed.

        """
        for shadow, items in ((False, self.config.variants), (True, self.config.shadows)):
            for item in items:
                variant = self._variant(cloud, endpoint, region, item, models[item["ModelName"]], shadow=shadow)
                (self.shadows if shadow else self.variants)[variant.name] = variant

    def set_status(self, status: str | None, message: str | None = None) -> None:
        """Say what happens to all of its variants."""
        for variant in self.all:
            variant.set_status(status, message)

    def describe(self, *, shadow: bool = False) -> list[dict[str, Any]]:
        """ProductionVariants (or ShadowProductionVariants) of DescribeEndpoint."""
        return [variant.describe() for variant in list((self.shadows if shadow else self.variants).values())]

    def stop(self) -> None:
        """End the processes once they have answered what they were asked."""
        for server in self._servers.values():
            server.stop(_DRAIN_SECONDS)

    def _variant(
        self, cloud: Cloud, endpoint: str, region: str, item: dict[str, Any], model: Model, *, shadow: bool
    ) -> Variant:
        server = self._servers.get(model.name)
        if server is None:
            role = roles.assume(cloud, model.role_arn, _SESSION, region, source_arn=model.arn)
            log = role.log(f"/aws/sagemaker/Endpoints/{endpoint}", f"{item['VariantName']}/{_host(item)}")
            server = self._servers[model.name] = ModelServer(
                cloud, f"{endpoint}-{item['VariantName']}", role, _writer(log), item["VariantName"]
            )
            timeout = item.get("ContainerStartupHealthCheckTimeoutInSeconds", _HEALTH_SECONDS)
            server.start(model.container, float(timeout))
        return Variant(
            item,
            model,
            server,
            float(item["InitialVariantWeight"]),
            item.get("InitialInstanceCount"),
            item.get("ServerlessConfig"),
            shadow,
        )


def _writer(log: RoleLog) -> Any:
    return log.write


def _host(item: dict[str, Any]) -> str:
    """The second half of a log stream's name: an instance's id, or a random one of a serverless variant."""
    identifier = random_id(17 if "InstanceType" in item else 32, "0123456789abcdef")
    return f"i-{identifier}" if "InstanceType" in item else identifier
