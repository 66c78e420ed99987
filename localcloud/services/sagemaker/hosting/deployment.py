"""Creating, updating and deleting endpoints: the threads in which it happens, and what is checked before."""

import logging
from typing import Any

from localcloud.cloud import Cloud
from localcloud.services.sagemaker import eventbridge
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.hosting import endpoint_config, model
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
from localcloud.services.sagemaker.hosting.fleet import Fleet
from localcloud.services.sagemaker.hosting.model import Model
from localcloud.services.sagemaker.hosting.server import StartError
from localcloud.services.sagemaker.store import SageMakerStore

_log = logging.getLogger(__name__)
_BUSY = (CREATING, UPDATING, ROLLING_BACK, DELETING)
_STATE_CHANGE = "SageMaker Endpoint State Change"


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
        endpoint = Endpoint(request, self._store)
        with self._store.lock:
            if endpoint.name in self._store.endpoints:
                raise ValidationError(f'Cannot create already existing endpoint "{endpoint.arn}".')
            self._store.endpoints[endpoint.name] = endpoint
        self._announce(endpoint)
        self._cloud.spawn(endpoint.arn, self._create, endpoint, config, models)
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
        described = endpoint.describe()
        detail = {
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
        eventbridge.put(self._cloud, self._store, _STATE_CHANGE, [endpoint.arn], detail)


def _event_status(status: str) -> str:
    """``InService`` as events spell it: ``IN_SERVICE``."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in status).lstrip("_").upper()
