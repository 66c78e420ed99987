"""Asynchronous inference: requests wait in a queue, their data comes from S3 and goes to S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html; notifications:
https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
"""

import json
import logging
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.responses import ServiceError
from localcloud.service_role import ServiceRole
from localcloud.services.cloudwatch import metrics
from localcloud.services.cloudwatch.metrics import Metric
from localcloud.services.sagemaker.hosting import metering
from localcloud.services.sagemaker.hosting.endpoint import Endpoint, NotServingError
from localcloud.services.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.services.sagemaker.hosting.server import Answer, ContainerGoneError
from localcloud.services.sagemaker.jobs.transfer import split_uri

_log = logging.getLogger(__name__)
_DEFAULT_TTL, _DEFAULT_TIMEOUT = 21_600, 900
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Inference:
    """An accepted request."""

    id: str
    request: dict[str, Any]
    output: str
    failure: str | None
    received: datetime


class Asynchronous:
    """Accepts and works off the requests of one endpoint's account and region."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def accept(self, endpoint: Endpoint, request: dict[str, Any]) -> Inference:
        """Take a request, which is worked off in the background.

        Raises:
            ServiceError: the endpoint is not asynchronous, or the request breaks a rule.

        """
        config = endpoint.fleet.config.asynchronous if endpoint.fleet is not None else None
        if config is None:
            raise ServiceError(
                "ValidationError",
                f"Endpoint {endpoint.name} of account {endpoint.account_id} is not an asynchronous endpoint.",
            )
        if ("InputLocation" in request) == bool(request.get("Body")):
            raise ServiceError("ValidationError", "Specify either InputLocation or Body.")
        identifier = request.get("InferenceId") or str(uuid.uuid4())
        place = config["OutputConfig"]
        extension = request.get("S3OutputPathExtension", "").strip("/")
        name = request.get("Filename") or f"{uuid.uuid4()}.out"
        output = "/".join(filter(None, (place["S3OutputPath"].rstrip("/"), extension, name)))
        failure = None
        if place.get("S3FailurePath"):
            failure = f"{place['S3FailurePath'].rstrip('/')}/{uuid.uuid4()}-error.out"
        inference = Inference(identifier, request, output, failure, datetime.now(UTC))
        with _LOCK:
            _BACKLOG[endpoint.arn] = _BACKLOG.get(endpoint.arn, 0) + 1
        self._measure(endpoint)
        self._cloud.spawn(f"{endpoint.name}-async", self._work, endpoint, inference, place)
        return inference

    def _work(self, endpoint: Endpoint, inference: Inference, place: dict[str, Any]) -> None:
        try:
            chosen = self._turn(endpoint, inference)
            if chosen is None:
                return
            fleet, variant = chosen
            try:
                self._answer(endpoint, fleet, variant, inference, place)
            finally:
                variant.server.release()
        finally:
            with _LOCK:
                _BACKLOG[endpoint.arn] -= 1
            self._measure(endpoint)

    def _turn(self, endpoint: Endpoint, inference: Inference) -> tuple[Fleet, Variant] | None:
        """Wait until an instance is free; None when the request has become too old, or the endpoint is gone."""
        deadline = time.monotonic() + inference.request.get("RequestTTLSeconds", _DEFAULT_TTL)
        while time.monotonic() < deadline and not self._cloud.stopping:
            try:
                fleet, variant = endpoint.choose()
            except NotServingError:
                if endpoint.fleet is None:
                    return None
            else:
                client = (fleet.config.asynchronous or {}).get("ClientConfig") or {}
                per_instance = client.get("MaxConcurrentInvocationsPerInstance", 4)
                if variant.server.busy <= per_instance * (variant.instances or 1):
                    return fleet, variant
                variant.server.release()
            self._measure(endpoint)
            time.sleep(_LOOK_SECONDS)
        return None

    def _answer(
        self, endpoint: Endpoint, fleet: Fleet, variant: Variant, inference: Inference, place: dict[str, Any]
    ) -> None:
        role = variant.server.role
        s3 = role.client("s3")
        request = inference.request
        began = time.monotonic()
        answer: Answer | None = None
        reason = ""
        try:
            body = _body(s3, request)
            timeout = float(request.get("InvocationTimeoutSeconds", _DEFAULT_TIMEOUT))
            answer = variant.server.invoke(body, _headers(request), timeout)
            if answer.status >= 400:
                kind = "client" if answer.status < 500 else "server"
                text = answer.body.decode("utf-8", "replace")[:1024]
                reason = f'Received {kind} error ({answer.status}) from primary with message "{text}"'
        except ClientError as error:
            reason = f"ClientError: {error}"
        except ContainerGoneError as error:
            reason = f"Received server error (0) from primary with message: {error}"
        seconds = time.monotonic() - began
        if answer is not None:
            metering.invocation(
                endpoint, fleet, variant, answer.status, model_seconds=answer.seconds, seconds=seconds
            )
        try:
            self._deliver(s3, inference, answer if not reason else None, reason, place)
        except ClientError as error:
            reason = f"ClientError: Failed to upload the result: {error}"
            _log.warning("%s: %s", endpoint.arn, reason)
        self._notify(role, endpoint, inference, answer, reason, place)

    @staticmethod
    def _deliver(s3: Any, inference: Inference, answer: Answer | None, reason: str, place: dict[str, Any]) -> None:
        key = place.get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        if answer is not None:
            bucket, name = split_uri(inference.output)
            s3.put_object(Bucket=bucket, Key=name, Body=answer.body, ContentType=answer.content_type, **encryption)
        elif inference.failure is not None:
            bucket, name = split_uri(inference.failure)
            s3.put_object(Bucket=bucket, Key=name, Body=reason.encode(), **encryption)

    def _notify(  # noqa: PLR0917 - all of it is in the message
        self,
        role: ServiceRole,
        endpoint: Endpoint,
        inference: Inference,
        answer: Answer | None,
        reason: str,
        place: dict[str, Any],
    ) -> None:
        topics = place.get("NotificationConfig") or {}
        topic = topics.get("ErrorTopic" if reason else "SuccessTopic")
        if not topic:
            return
        message: dict[str, Any] = {
            "awsRegion": endpoint.region,
            "eventTime": _stamp(datetime.now(UTC)),
            "receivedTime": _stamp(inference.received),
            "invocationStatus": "Failed" if reason else "Completed",
            "requestParameters": {
                "contentType": inference.request.get("ContentType"),
                "endpointName": endpoint.name,
                "inputLocation": inference.request.get("InputLocation"),
            },
            "inferenceId": inference.id,
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }
        if reason:
            message["failureReason"] = reason
            message["failureLocation"] = inference.failure
        elif answer is not None:
            message["responseParameters"] = {
                "contentType": answer.content_type,
                "outputLocation": inference.output,
            }
        if not role.allows("sns:Publish", topic):
            role.record("sns", "Publish", {"TopicArn": topic}, error="AuthorizationError")
            _log.warning("%s: %s", endpoint.arn, role.denial("sns:Publish", topic))
            return
        try:
            role.client("sns").publish(TopicArn=topic, Message=json.dumps(message))
        except ClientError as error:
            _log.warning("%s could not notify %s: %s", endpoint.arn, topic, error)

    @staticmethod
    def _measure(endpoint: Endpoint) -> None:
        fleet = endpoint.fleet
        instances = fleet.instances if fleet is not None else 0
        backlog = float(_BACKLOG.get(endpoint.arn, 0))
        store = metrics.of(endpoint.account_id, endpoint.region)
        own = metrics.dimensions({"EndpointName": endpoint.name})
        for name, value in (
            ("ApproximateBacklogSize", backlog),
            ("ApproximateBacklogSizePerInstance", backlog / instances if instances else backlog),
            ("HasBacklogWithoutCapacity", float(backlog > 0 and instances == 0)),
        ):
            store.put(Metric(metering.INVOCATIONS, name, own), value, "Count")


_BACKLOG: dict[str, int] = {}
_LOCK = Lock()


def _body(s3: Any, request: dict[str, Any]) -> bytes:
    if body := request.get("Body"):
        return body.encode() if isinstance(body, str) else bytes(body)
    bucket, key = split_uri(request["InputLocation"])
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def _headers(request: dict[str, Any]) -> dict[str, str]:
    headers = {"Content-Type": request.get("ContentType") or "application/octet-stream"}
    if request.get("Accept"):
        headers["Accept"] = request["Accept"]
    if request.get("CustomAttributes"):
        headers["X-Amzn-SageMaker-Custom-Attributes"] = request["CustomAttributes"]
    return headers


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
