"""Endpoints: their states, their fleets, and which variant a request goes to."""

from threading import RLock
from typing import Any

from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.services.sagemaker.resources import Resource, arn, merged_tags, now
from localcloud.services.sagemaker.store import SageMakerStore

CREATING, UPDATING, SYSTEM_UPDATING, ROLLING_BACK = "Creating", "Updating", "SystemUpdating", "RollingBack"
IN_SERVICE, DELETING, FAILED, UPDATE_ROLLBACK_FAILED = "InService", "Deleting", "Failed", "UpdateRollbackFailed"
_LONGEST_REASON = 1024


class NotServingError(Exception):
    """There is no variant to send a request to; the message says why."""


class Endpoint(Resource):
    """An endpoint.

    Attributes:
        name: its name.
        config_name: the configuration in force.
        status: ``Creating``, ``InService``, ``Updating``, …
        failure_reason: why it, or its last update, failed.
        fleet: what answers.
        pending: what is being deployed.
        share: the share of requests that go to ``pending``, 0 to 1.
        last_deployment_config: DeploymentConfig of the last creation or update that had one.

    """

    def __init__(self, request: dict[str, Any], store: SageMakerStore) -> None:
        name = request["EndpointName"]
        super().__init__(
            arn(store.region_name, store.account_id, f"endpoint/{name}"),
            tags=merged_tags([], request.get("Tags", [])),
        )
        self.name = name
        self.region = store.region_name
        self.account_id = store.account_id
        self.config_name: str = request["EndpointConfigName"]
        self.status = CREATING
        self.failure_reason: str | None = None
        self.fleet: Fleet | None = None
        self.pending: Fleet | None = None
        self.share = 0.0
        self.last_deployment_config: dict[str, Any] | None = request.get("DeploymentConfig")
        self.created = self.modified = now()
        self.lock = RLock()
        self.deleted = False
        self._credit = 0.0

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Go to a state; ``reason`` is the FailureReason from now on."""
        with self.lock:
            self.status = status
            self.failure_reason = reason[:_LONGEST_REASON] if reason else None
            self.modified = now()

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeEndpoint."""
        with self.lock:
            fleet, pending = self.fleet, self.pending
            described: dict[str, Any] = {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "EndpointConfigName": self.config_name,
                "EndpointStatus": self.status,
                "FailureReason": self.failure_reason,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
                "LastDeploymentConfig": self.last_deployment_config,
            }
            if fleet is not None:
                described |= {
                    "ProductionVariants": fleet.describe(),
                    "ShadowProductionVariants": fleet.describe(shadow=True) or None,
                    "DataCaptureConfig": _capture(fleet.capture),
                    "AsyncInferenceConfig": fleet.config.asynchronous,
                }
            if pending is not None and fleet is not None:
                described["PendingDeploymentSummary"] = {
                    "EndpointConfigName": pending.config.name,
                    "ProductionVariants": pending.describe() or None,
                    "ShadowProductionVariants": pending.describe(shadow=True) or None,
                    "StartTime": pending.started,
                }
        return described

    def summary(self) -> dict[str, Any]:
        """The endpoint's entry in ListEndpoints."""
        return {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "EndpointStatus": self.status,
        }

    def choose(self, target: str | None = None) -> tuple[Fleet, Variant]:
        """The variant that a request goes to; its server knows that a request is coming.

        Shares are kept exactly: of a hundred requests in a row, a canary of ten percent gets ten.

        Args:
            target: TargetVariant, which overrides the weights.

        Raises:
            NotServingError: no variant can answer.
            ValidationError: there is no such target.

        """
        with self.lock:
            if self.fleet is None:
                raise NotServingError(self.status)
            fleet = self._fleet()
            if target is not None:
                variant = fleet.variants.get(target)
                if variant is None:
                    raise ValidationError(f"Variant {target} not found for endpoint {self.name}")
            else:
                variant = _weighted(list(fleet.variants.values()))
            if variant.instances == 0:
                raise NotServingError(f"variant {variant.name} has no instances")
            variant.server.acquire()
            return fleet, variant

    def _fleet(self) -> Fleet:
        if self.fleet is None:
            raise NotServingError(self.status)
        if self.pending is None or self.share <= 0.0:
            return self.fleet
        self._credit += self.share
        if self._credit >= 1.0 - 1e-9:
            self._credit -= 1.0
            return self.pending
        return self.fleet


def find(store: SageMakerStore, name: str) -> Endpoint:
    """An endpoint by name.

    Raises:
        ValidationError: there is none.

    """
    endpoint = store.endpoints.get(name)
    if endpoint is None:
        own = arn(store.region_name, store.account_id, f"endpoint/{name}")
        raise ValidationError(f'Could not find endpoint "{own}".')
    return endpoint


def _weighted(variants: list[Variant]) -> Variant:
    """Smooth weighted round robin: whoever is owed most is next."""
    total = sum(variant.weight for variant in variants)
    if total <= 0:
        raise NotServingError("every variant has the weight 0")
    for variant in variants:
        variant.credit += variant.weight
    chosen = max(variants, key=lambda variant: variant.credit)
    chosen.credit -= total
    return chosen


def _capture(config: dict[str, Any] | None) -> dict[str, Any] | None:
    if config is None:
        return None
    return {
        "EnableCapture": config["EnableCapture"],
        "CaptureStatus": "Started" if config["EnableCapture"] else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
