"""SageMaker's runtime: endpoints that answer."""

from moto.sagemaker.models import sagemaker_backends

from localcloud.responses import ActionResult, ServiceError, operations
from localcloud.services.sagemaker.responses.base import SageMakerBase


@operations("sagemaker-runtime")
class RuntimeResponse(SageMakerBase):
    """InvokeEndpoint and InvokeEndpointAsync."""

    def invoke_endpoint(self) -> ActionResult:
        """Refuse: an endpoint that does not exist as SageMaker does, one that does with an honest word."""
        raise self._refusal()

    def invoke_endpoint_async(self) -> ActionResult:
        """Refuse like InvokeEndpoint."""
        raise self._refusal()

    def _refusal(self) -> ServiceError:
        name = self._parameters["EndpointName"]
        if name not in sagemaker_backends[self.current_account][self.region].endpoints:
            return ServiceError("ValidationError", f"Endpoint {name} of account {self.current_account} not found.")
        return ServiceError(
            "ValidationError", f"The local cloud does not run endpoints yet: {name} cannot answer."
        )
