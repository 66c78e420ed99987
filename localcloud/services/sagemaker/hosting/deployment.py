"""Creating, updating and deleting endpoints: the threads in which it happens, and what is checked before."""

import logging
from typing import Any

from localcloud.cloud import Cloud
from localcloud.services.sagemaker import eventbridge
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.hosting import endpoint_config, guardrails, metering, model
from localcloud.services.sagemaker.hosting.endpoint import (
    CREATING,
    DELETING,
    FAILED,
    IN_SERVICE,
    ROLLING_BACK,
    UPDATING,
    Endpoint,
    find,
)
from localcloud.services.sagemaker.hosting.endpoint_config import EndpointConfig
from localcloud.services.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.services.sagemaker.hosting.model import Model
from localcloud.services.sagemaker.hosting.rollout import AlarmFiredError, Rollout, linger
from localcloud.services.sagemaker.hosting.server import StartError
from localcloud.services.sagemaker.store import SageMakerStore

_log = logging.getLogger(__name__)
_ROLLBACK_SECONDS = 300
_SCALING_SECONDS = 240
_BUSY = (CREATING, UPDATING, ROLLING_BACK, DELETING)
_STATE_CHANGE = "SageMaker Endpoint State Change"
_DEPLOYMENT_CHANGE = "SageMaker Endpoint Deployment State Change"


class Deployments:
    """Operations on one account's and region's endpoints."""

    def __init__(self, cloud: Cloud, store: SageMakerStore) -> None:
        self._cloud = cloud
        self._store = store

    def create(self, request: dict[str, Any]) -> Endpoint:
        """Create an endpoint, which becomes InService in the background.

        Raises:
            ValidationError: there is one of that name, or its configuration or a model of it does not exist.

        """
        config = endpoint_config.find(self._store, request["EndpointConfigName"])
        models = self._models(config)
        if deployment := request.get("DeploymentConfig"):
            guardrails.check(deployment, config, models, None, self._store.region_name)
        endpoint = Endpoint(request, self._store)
        with self._store.lock:
            if endpoint.name in self._store.endpoints:
                raise ValidationError(f'Cannot create already existing endpoint "{endpoint.arn}".')
            self._store.endpoints[endpoint.name] = endpoint
        self._announce(endpoint)
        metering.watch(self._cloud, self._store.account_id, self._store.region_name)
        self._cloud.spawn(endpoint.arn, self._create, endpoint, config, models)
        return endpoint

    def update(self, request: dict[str, Any]) -> Endpoint:
        """Deploy another configuration in the background; requests are answered meanwhile.

        Raises:
            ValidationError: the endpoint is not in service, or the request breaks a rule.

        """
        endpoint = find(self._store, request["EndpointName"])
        config = endpoint_config.find(self._store, request["EndpointConfigName"])
        models = self._models(config)
        deployment = request.get("DeploymentConfig")
        if deployment and request.get("RetainDeploymentConfig"):
            raise ValidationError("DeploymentConfig must not be specified when RetainDeploymentConfig is true.")
        if request.get("ExcludeRetainedVariantProperties") and not request.get("RetainAllVariantProperties"):
            raise ValidationError("ExcludeRetainedVariantProperties needs RetainAllVariantProperties to be true.")
        with endpoint.lock:
            self._check_idle(endpoint)
            if endpoint.status == FAILED or endpoint.fleet is None:
                raise ValidationError(
                    f'Cannot update endpoint "{endpoint.arn}", which is in status {endpoint.status}: '
                    "DeleteEndpoint is the only operation that can be performed on it."
                )
            # An endpoint whose configuration was deleted cannot be updated: SageMaker looks for it.
            endpoint_config.find(self._store, endpoint.config_name)
            if request.get("RetainDeploymentConfig"):
                deployment = endpoint.last_deployment_config
            if deployment:
                guardrails.check(deployment, config, models, endpoint, self._store.region_name)
            endpoint.last_deployment_config = deployment
            endpoint.set_status(UPDATING)
        self._announce(endpoint)
        self._cloud.spawn(endpoint.arn, self._update, endpoint, config, models, request, deployment)
        return endpoint

    def scale(self, request: dict[str, Any]) -> Endpoint:
        """Change weights and capacities of variants.

        Raises:
            ValidationError: the endpoint is not in service, or the request breaks a rule.

        """
        endpoint = find(self._store, request["EndpointName"])
        with endpoint.lock:
            self._check_idle(endpoint)
            if endpoint.fleet is None:
                raise ValidationError(f'Cannot update endpoint "{endpoint.arn}" in status {endpoint.status}.')
            changes = request["DesiredWeightsAndCapacities"]
            for change in changes:
                _check_change(endpoint, endpoint.fleet, change)
            endpoint.set_status(UPDATING)
        self._announce(endpoint)
        self._cloud.spawn(endpoint.arn, self._scale, endpoint, changes)
        return endpoint

    def delete(self, name: str) -> None:
        """Delete an endpoint: it answers no more, and is gone once its processes have ended.

        Raises:
            ValidationError: there is none, or it is being created or updated.

        """
        endpoint = find(self._store, name)
        with endpoint.lock:
            self._check_idle(endpoint)
            endpoint.set_status(DELETING)
            fleet, endpoint.fleet = endpoint.fleet, None
        self._announce(endpoint)
        self._cloud.spawn(endpoint.arn, self._delete, endpoint, fleet)

    def _create(self, endpoint: Endpoint, config: EndpointConfig, models: dict[str, Model]) -> None:
        fleet = Fleet(config)
        reason = self._start(endpoint, fleet, models)
        with endpoint.lock:
            if reason is None:
                endpoint.fleet = fleet
                endpoint.set_status(IN_SERVICE)
            else:
                endpoint.set_status(FAILED, reason)
        self._announce(endpoint)

    def _update(
        self,
        endpoint: Endpoint,
        config: EndpointConfig,
        models: dict[str, Model],
        request: dict[str, Any],
        deployment: dict[str, Any] | None,
    ) -> None:
        """The new fleet starts beside the old one and takes the traffic; then one of them ends."""
        old, new = endpoint.fleet, Fleet(config)
        if old is None:
            return
        with endpoint.lock:
            endpoint.pending, endpoint.share = new, 0.0
        reason = self._start(endpoint, new, models)
        if reason is None:
            if request.get("RetainAllVariantProperties"):
                _retain(old, new, request.get("ExcludeRetainedVariantProperties") or [])
            try:
                self._shift(endpoint, new, guardrails.plan(deployment, new.instances))
            except AlarmFiredError as error:
                reason = str(error)
        with endpoint.lock:
            endpoint.pending, endpoint.share = None, 0.0
            if reason is None:
                endpoint.fleet, endpoint.config_name = new, config.name
            else:
                # No request goes to the new fleet from here on.
                endpoint.set_status(ROLLING_BACK, reason)
        retired = old if reason is None else new
        if reason is not None:
            self._announce(endpoint)
        retired.set_status("Deleting", f"Terminating {retired.instances} instance(s).")
        retired.stop()
        if reason is not None:
            linger(self._cloud, "rollback", endpoint.name, _ROLLBACK_SECONDS)
        if endpoint.fleet is not None:
            endpoint.fleet.set_status(None)
        endpoint.set_status(IN_SERVICE, reason)
        self._announce(endpoint)

    def _shift(self, endpoint: Endpoint, fleet: Fleet, plan: guardrails.Plan) -> None:
        def tell() -> None:
            self._announce_deployment(endpoint)

        Rollout(self._cloud, endpoint, plan, tell).run(fleet)

    def _scale(self, endpoint: Endpoint, changes: list[dict[str, Any]]) -> None:
        """Instances take minutes to come; meanwhile the endpoint is Updating, with its configuration as it was."""
        if any("DesiredInstanceCount" in change for change in changes):
            linger(self._cloud, "scaling", endpoint.name, _SCALING_SECONDS)
        with endpoint.lock:
            for change in changes:
                if endpoint.fleet is not None:
                    _apply(endpoint.fleet.variants[change["VariantName"]], change)
            endpoint.set_status(IN_SERVICE)
        self._announce(endpoint)

    def _start(self, endpoint: Endpoint, fleet: Fleet, models: dict[str, Model]) -> str | None:
        """Start a fleet; why it did not start, after which nothing of it runs."""
        try:
            fleet.start(self._cloud, endpoint.name, endpoint.region, models)
        except (StartError, ValidationError) as error:
            reason = error.message if isinstance(error, ValidationError) else str(error)
        except Exception as error:  # noqa: BLE001 - an endpoint must end in a final state, with a reason
            if not self._cloud.stopping:
                _log.exception("%s failed", endpoint.arn)
            reason = f"InternalServerError: {error!r}"
        else:
            return None
        fleet.stop()
        return reason

    def _delete(self, endpoint: Endpoint, fleet: Fleet | None) -> None:
        if fleet is not None:
            fleet.stop()
        with self._store.lock:
            self._store.endpoints.pop(endpoint.name, None)
        self._announce(endpoint, "DELETED")

    def _models(self, config: EndpointConfig) -> dict[str, Model]:
        names = {item["ModelName"] for item in [*config.variants, *config.shadows]}
        return {name: model.find(self._store, name) for name in names}

    @staticmethod
    def _check_idle(endpoint: Endpoint) -> None:
        if endpoint.status in _BUSY:
            raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')

    def _announce(self, endpoint: Endpoint, status: str | None = None) -> None:
        eventbridge.put(self._cloud, self._store, _STATE_CHANGE, [endpoint.arn], self._detail(endpoint, status))

    def _announce_deployment(self, endpoint: Endpoint) -> None:
        pending = endpoint.describe().get("PendingDeploymentSummary")
        detail = {**self._detail(endpoint, None), "PendingDeploymentSummary": pending}
        eventbridge.put(self._cloud, self._store, _DEPLOYMENT_CHANGE, [endpoint.arn], detail)

    @staticmethod
    def _detail(endpoint: Endpoint, status: str | None) -> dict[str, Any]:
        described = endpoint.describe()
        return {
            "EndpointName": endpoint.name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": endpoint.config_name,
            "ProductionVariants": described.get("ProductionVariants"),
            "EndpointStatus": status or _event_status(endpoint.status),
            "FailureReason": endpoint.failure_reason,
            "CreationTime": int(endpoint.created.timestamp() * 1000),
            "LastModifiedTime": int(endpoint.modified.timestamp() * 1000),
            "Tags": {tag["Key"]: tag["Value"] for tag in endpoint.tags},
        }


def _retain(old: Fleet, new: Fleet, excluded: list[dict[str, str]]) -> None:
    """RetainAllVariantProperties: what was changed since the old configuration stays, by the variants' names."""
    but = {item["VariantPropertyType"] for item in excluded}
    for name, variant in new.variants.items():
        if (before := old.variants.get(name)) is None:
            continue
        if "DesiredWeight" not in but:
            variant.weight = before.weight
        if "DesiredInstanceCount" not in but and variant.instances is not None and before.instances is not None:
            variant.instances = before.instances
    if "DataCaptureConfig" not in but:
        new.capture = old.capture


def _check_change(endpoint: Endpoint, fleet: Fleet, change: dict[str, Any]) -> None:
    variant = fleet.variants.get(change["VariantName"])
    if variant is None:
        missing = change["VariantName"]
        raise ValidationError(
            f'The variant name(s) "{missing}" is/are not present within endpoint "{endpoint.arn}".'
        )
    serverless = variant.serverless is not None
    if serverless and "DesiredInstanceCount" in change:
        raise ValidationError(f"DesiredInstanceCount cannot be set for the serverless variant {variant.name}.")
    if not serverless and "ServerlessUpdateConfig" in change:
        raise ValidationError(
            f"ServerlessUpdateConfig cannot be set for variant {variant.name}, which has instances."
        )
    if change.get("DesiredInstanceCount") == 0 and fleet.config.asynchronous is None:
        raise ValidationError(
            f"DesiredInstanceCount of variant {variant.name} must be at least 1: only asynchronous "
            "endpoints scale to zero."
        )


def _apply(variant: Variant, change: dict[str, Any]) -> None:
    if "DesiredWeight" in change:
        variant.weight = float(change["DesiredWeight"])
    if "DesiredInstanceCount" in change:
        variant.instances = int(change["DesiredInstanceCount"])
    if "ServerlessUpdateConfig" in change and variant.serverless is not None:
        variant.serverless = {**variant.serverless, **change["ServerlessUpdateConfig"]}


def _event_status(status: str) -> str:
    """``InService`` as events spell it: ``IN_SERVICE``."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in status).lstrip("_").upper()
