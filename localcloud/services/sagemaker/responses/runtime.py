"""SageMaker's runtime: endpoints that answer."""

from localcloud.responses import ActionResult, operations
from localcloud.services.sagemaker.hosting.asynchronous import Asynchronous
from localcloud.services.sagemaker.hosting.invocation import Invoker
from localcloud.services.sagemaker.responses.base import SageMakerBase


@operations("sagemaker-runtime")
class RuntimeResponse(SageMakerBase):
    """InvokeEndpoint and InvokeEndpointAsync."""

    def invoke_endpoint(self) -> ActionResult:
        """Ask an endpoint."""
        result = Invoker(self.cloud, self._store).invoke(self._parameters)
        # moto's serialiser writes its own type over the one in the answer.
        self.response_headers["Content-Type"] = result.answer.content_type
        return ActionResult(
            {
                "Body": result.answer.body,
                "ContentType": result.answer.content_type,
                "InvokedProductionVariant": result.variant.name,
                "CustomAttributes": result.answer.custom_attributes,
            }
        )

    def invoke_endpoint_async(self) -> ActionResult:
        """Ask an asynchronous endpoint; the answer will be in S3."""
        endpoint = Invoker(self.cloud, self._store).endpoint(self._parameters["EndpointName"])
        inference = Asynchronous(self.cloud).accept(endpoint, self._parameters)
        return ActionResult(
            {
                "InferenceId": inference.id,
                "OutputLocation": inference.output,
                "FailureLocation": inference.failure,
            }
        )
