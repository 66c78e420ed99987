"""Models, endpoint configurations and endpoints."""

from collections.abc import Iterable
from typing import Any

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.hosting import endpoint, endpoint_config, model
from localcloud.services.sagemaker.hosting.deployment import Deployments
from localcloud.services.sagemaker.hosting.transform import Transforms
from localcloud.services.sagemaker.responses.base import SageMakerBase

_KEYS = {
    "Name": lambda item: item.name,
    "CreationTime": lambda item: item.created,
    "Status": lambda item: item.status,
}


def _selected(items: Iterable[Any], parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """A page of those that the filters of a List operation let through, newest first."""
    found = [
        item
        for item in items
        if listing.named(item.name, parameters.get("NameContains"))
        and listing.within(item.created, parameters.get("CreationTimeAfter"), parameters.get("CreationTimeBefore"))
        and (
            ("LastModifiedTimeAfter" not in parameters and "LastModifiedTimeBefore" not in parameters)
            or listing.within(
                item.modified, parameters.get("LastModifiedTimeAfter"), parameters.get("LastModifiedTimeBefore")
            )
        )
        and ("StatusEquals" not in parameters or item.status == parameters["StatusEquals"])
    ]
    ordered = listing.ordered(found, parameters, _KEYS, default="CreationTime", descending=True)
    shown, token = listing.page(ordered, parameters)
    return [item.summary() for item in shown], token


@operations("sagemaker")
class ModelResponse(SageMakerBase):
    """Models."""

    def create_model(self) -> ActionResult:
        """Create a model."""
        return ActionResult({"ModelArn": model.create(self.cloud, self._store, self._parameters, self.caller).arn})

    def describe_model(self) -> ActionResult:
        """Tell everything about a model."""
        return ActionResult(model.find(self._store, self._parameters["ModelName"]).describe())

    def list_models(self) -> ActionResult:
        """List models."""
        summaries, token = _selected(list(self._store.models.values()), self._parameters)
        return ActionResult({"Models": summaries, "NextToken": token})

    def delete_model(self) -> ActionResult:
        """Delete a model; endpoints that have it go on."""
        with self._store.lock:
            del self._store.models[model.find(self._store, self._parameters["ModelName"]).name]
        return EmptyResult()


@operations("sagemaker")
class EndpointConfigResponse(SageMakerBase):
    """Endpoint configurations."""

    def create_endpoint_config(self) -> ActionResult:
        """Create a configuration."""
        return ActionResult({"EndpointConfigArn": endpoint_config.create(self._store, self._parameters).arn})

    def describe_endpoint_config(self) -> ActionResult:
        """Tell everything about a configuration."""
        return ActionResult(endpoint_config.find(self._store, self._parameters["EndpointConfigName"]).describe())

    def list_endpoint_configs(self) -> ActionResult:
        """List configurations."""
        summaries, token = _selected(list(self._store.endpoint_configs.values()), self._parameters)
        return ActionResult({"EndpointConfigs": summaries, "NextToken": token})

    def delete_endpoint_config(self) -> ActionResult:
        """Delete a configuration; endpoints that have it go on."""
        with self._store.lock:
            found = endpoint_config.find(self._store, self._parameters["EndpointConfigName"])
            del self._store.endpoint_configs[found.name]
        return EmptyResult()


@operations("sagemaker")
class TransformJobResponse(SageMakerBase):
    """Batch transform jobs."""

    @property
    def _transforms(self) -> Transforms:
        return Transforms(self.cloud, self._store)

    def create_transform_job(self) -> ActionResult:
        """Start a job."""
        return ActionResult({"TransformJobArn": self._transforms.create(self._parameters).arn})

    def describe_transform_job(self) -> ActionResult:
        """Tell the state of a job."""
        return ActionResult(self._transforms.find(self._parameters["TransformJobName"]).describe())

    def list_transform_jobs(self) -> ActionResult:
        """List jobs."""
        summaries, token = _selected(list(self._store.transform_jobs.values()), self._parameters)
        return ActionResult({"TransformJobSummaries": summaries, "NextToken": token})

    def stop_transform_job(self) -> ActionResult:
        """Ask a job to stop."""
        self._transforms.stop(self._parameters["TransformJobName"])
        return EmptyResult()


@operations("sagemaker")
class EndpointResponse(SageMakerBase):
    """Endpoints."""

    @property
    def _deployments(self) -> Deployments:
        return Deployments(self.cloud, self._store)

    def create_endpoint(self) -> ActionResult:
        """Create an endpoint."""
        return ActionResult({"EndpointArn": self._deployments.create(self._parameters).arn})

    def update_endpoint(self) -> ActionResult:
        """Deploy another configuration."""
        return ActionResult({"EndpointArn": self._deployments.update(self._parameters).arn})

    def update_endpoint_weights_and_capacities(self) -> ActionResult:
        """Change weights and capacities of variants."""
        return ActionResult({"EndpointArn": self._deployments.scale(self._parameters).arn})

    def describe_endpoint(self) -> ActionResult:
        """Tell everything about an endpoint."""
        return ActionResult(endpoint.find(self._store, self._parameters["EndpointName"]).describe())

    def list_endpoints(self) -> ActionResult:
        """List endpoints."""
        summaries, token = _selected(list(self._store.endpoints.values()), self._parameters)
        return ActionResult({"Endpoints": summaries, "NextToken": token})

    def delete_endpoint(self) -> ActionResult:
        """Delete an endpoint."""
        self._deployments.delete(self._parameters["EndpointName"])
        return EmptyResult()
