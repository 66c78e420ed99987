"""InvokeEndpoint: choosing a variant, asking its container, wording what goes wrong."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from localcloud.cloud import Cloud
from localcloud.responses import ServiceError
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.hosting import capture, metering, shadow
from localcloud.services.sagemaker.hosting.endpoint import Endpoint, NotServingError
from localcloud.services.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.services.sagemaker.hosting.server import Answer, ContainerGoneError
from localcloud.services.sagemaker.store import SageMakerStore

REAL_TIME_BYTES = 6 * 1024 * 1024
SERVERLESS_BYTES = 4 * 1024 * 1024
_SHOWN = 1024


class ModelError(ServiceError):
    """The container answered with an error, or not at all.

    Attributes:
        OriginalStatusCode: the container's status.
        OriginalMessage: the container's answer.
        LogStreamArn: where its log is.

    """

    def __init__(self, message: str, status: int, original: str, log_stream: str) -> None:
        super().__init__("ModelError", message)
        self.OriginalStatusCode = status
        self.OriginalMessage = original
        self.LogStreamArn = log_stream


@dataclass(frozen=True)
class Result:
    """An answered invocation."""

    variant: Variant
    answer: Answer


class Invoker:
    """Invokes the endpoints of one account and region."""

    def __init__(self, cloud: Cloud, store: SageMakerStore) -> None:
        self._cloud = cloud
        self._store = store

    def endpoint(self, name: str) -> Endpoint:
        """An endpoint that requests may be sent to.

        Raises:
            ServiceError: there is none, worded as SageMaker's runtime does.

        """
        endpoint = self._store.endpoints.get(name)
        if endpoint is None or endpoint.fleet is None:
            raise ServiceError(
                "ValidationError", f"Endpoint {name} of account {self._store.account_id} not found."
            )
        return endpoint

    def invoke(self, request: dict[str, Any]) -> Result:
        """Answer InvokeEndpoint.

        Raises:
            ServiceError: the request cannot be answered.

        """
        endpoint = self.endpoint(request["EndpointName"])
        body = request.get("Body") or b""
        data = body.encode() if isinstance(body, str) else bytes(body)
        began = time.monotonic()
        event_id, headers = str(uuid.uuid4()), _headers(request)
        fleet, variant = self._choose(endpoint, request.get("TargetVariant"))
        try:
            self._check(endpoint, fleet, variant, request, data)
            copies = shadow.of(self._cloud)
            copies.copy(endpoint, fleet, variant, request=request, body=data, headers=headers, event_id=event_id)
            try:
                answer = self._ask(endpoint, variant, data, headers)
            except ModelError:
                seconds = time.monotonic() - began
                metering.invocation(endpoint, fleet, variant, 0, model_seconds=seconds, seconds=seconds)
                raise
        finally:
            variant.server.release()
        seconds = time.monotonic() - began
        metering.invocation(endpoint, fleet, variant, answer.status, model_seconds=answer.seconds, seconds=seconds)
        if answer.status >= 400:
            raise self._model_error(endpoint, answer)
        keeper = capture.of(self._cloud)
        keeper.record(
            fleet.capture, endpoint, variant, request=request, body=data, answer=answer, event_id=event_id
        )
        return Result(variant, answer)

    def _choose(self, endpoint: Endpoint, target: str | None) -> tuple[Fleet, Variant]:
        try:
            return endpoint.choose(target)
        except NotServingError as error:
            raise ServiceError(
                "ValidationError", f"Endpoint {endpoint.name} of account {endpoint.account_id} not found."
            ) from error
        except ValidationError as error:
            raise ServiceError("ValidationError", error.message) from error

    def _check(
        self, endpoint: Endpoint, fleet: Fleet, variant: Variant, request: dict[str, Any], body: bytes
    ) -> None:
        if fleet.config.asynchronous is not None:
            raise ServiceError(
                "ValidationError",
                f"Endpoint {endpoint.name} of account {endpoint.account_id} is an asynchronous endpoint: use "
                "InvokeEndpointAsync.",
            )
        for member in ("TargetModel", "TargetContainerHostname", "InferenceComponentName"):
            if member in request:
                raise ServiceError("ValidationError", f"{member} is not supported by endpoint {endpoint.name}.")
        limit = SERVERLESS_BYTES if variant.serverless is not None else REAL_TIME_BYTES
        if len(body) > limit:
            raise ServiceError(
                "ValidationError",
                f"1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have "
                f"length less than or equal to {limit}",
            )
        if variant.serverless is not None and variant.server.busy > variant.serverless["MaxConcurrency"]:
            raise ServiceError("ThrottlingException", "Rate exceeded")

    def _ask(self, endpoint: Endpoint, variant: Variant, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            return variant.server.invoke(body, headers)
        except ContainerGoneError as error:
            message = (
                'Received server error (0) from primary with message "Your invocation timed out while waiting for '
                f'a response from container primary. Review the latency metrics. {error}". {self._see(endpoint)}'
            )
            raise ModelError(message, 0, str(error), self._stream(endpoint)) from error

    def _model_error(self, endpoint: Endpoint, answer: Answer) -> ModelError:
        kind = "client" if answer.status < 500 else "server"
        text = answer.body.decode("utf-8", "replace")
        message = (
            f'Received {kind} error ({answer.status}) from primary with message "{text[:_SHOWN]}". '
            f"{self._see(endpoint)}"
        )
        return ModelError(message, answer.status, text, self._stream(endpoint))

    @staticmethod
    def _see(endpoint: Endpoint) -> str:
        region = endpoint.region
        return (
            f"See https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#logEventViewer:group=/aws/sagemaker/Endpoints/{endpoint.name} in account {endpoint.account_id} for "
            "more information."
        )

    @staticmethod
    def _stream(endpoint: Endpoint) -> str:
        group = f"/aws/sagemaker/Endpoints/{endpoint.name}"
        return f"arn:aws:logs:{endpoint.region}:{endpoint.account_id}:log-group:{group}"


def _headers(request: dict[str, Any]) -> dict[str, str]:
    headers = {"Content-Type": request.get("ContentType") or "application/json"}
    for member, header in (
        ("Accept", "Accept"),
        ("CustomAttributes", "X-Amzn-SageMaker-Custom-Attributes"),
        ("InferenceId", "X-Amzn-SageMaker-Inference-Id"),
    ):
        if request.get(member):
            headers[header] = request[member]
    return headers
