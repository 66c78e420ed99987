"""Custom resources backed by Lambda functions (``Custom::*`` and ``AWS::CloudFormation::CustomResource``).

Source of the rules: CloudFormation user guide, "Custom resources" and "Custom resource reference". Topics of SNS
as service tokens are not imitated.
"""

import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from localcloud.policies import role_allows
from localcloud.services.cloudformation import parameters
from localcloud.services.cloudformation.errors import ResourceFailedError, ValidationError
from localcloud.services.cloudformation.resources.mailbox import Mailbox
from localcloud.services.cloudformation.resources.provider import Request
from localcloud.services.cloudformation.stack import Physical

_DEFAULT_TIMEOUT = 3600
_ALPHABET = string.ascii_uppercase + string.digits
RESPONSE_LIMIT = 4_096
"""Bytes of a response (CloudFormation user guide, "Custom resource reference")."""


@dataclass(frozen=True)
class _Answer:
    physical_id: str
    data: Mapping[str, Any] = field(default_factory=dict)


class _NotAskedError(ResourceFailedError):
    """The function was not invoked."""

    untouched = True


class CustomResource:
    """Sends the stack's requests to a function and waits for its answer at the response URL."""

    leaves_replaced = True

    def create(self, request: Request) -> Physical:
        """Request type ``Create``; what fails after the function was asked is deleted on rollback."""
        try:
            answer = self._ask(request, "Create", {})
        except _NotAskedError:
            raise
        except ResourceFailedError as error:
            # Nobody knows what the function has made: it gets a Delete with the id it gave, or a generated one.
            suffix = "".join(secrets.choice(_ALPHABET) for _ in range(12))
            error.physical_id = error.physical_id or f"{request.stack_name}-{request.logical_id}-{suffix}"
            raise
        return _physical(answer)

    def updates_in_place(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Always; the function replaces the resource by answering with another physical id."""
        return True

    def update(self, request: Request, current: Physical, old: Mapping[str, Any]) -> Physical:
        """Request type ``Update``."""
        if old.get("ServiceToken") != request.properties.get("ServiceToken"):
            raise _NotAskedError("Modifying service token is not allowed.")
        answer = self._ask(
            request,
            "Update",
            {"PhysicalResourceId": current.physical_id, "OldResourceProperties": _text(dict(old))},
            current.physical_id,
        )
        return _physical(answer)

    def delete(self, request: Request, current: Physical) -> None:
        """Request type ``Delete``."""
        self._ask(request, "Delete", {"PhysicalResourceId": current.physical_id}, current.physical_id)

    def _ask(
        self, request: Request, kind: str, extra: Mapping[str, Any], physical_id: str | None = None
    ) -> _Answer:
        token = request.properties.get("ServiceToken")
        if not isinstance(token, str) or ":lambda:" not in token:
            raise _NotAskedError(
                "Invalid service token: the local cloud wants the ARN of a function as ServiceToken"
            )
        request_id = str(uuid4())
        box = Mailbox(request, f"{request.logical_id}|{request_id}")
        event = {
            "RequestType": kind,
            "ServiceToken": token,
            "ResponseURL": box.url,
            "StackId": request.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": request.logical_id,
            "ResourceType": request.type,
            "ResourceProperties": _text(dict(request.properties)),
            **extra,
        }
        try:
            self._invoke(request, token, event)
            timeout = float(request.properties.get("ServiceTimeout", _DEFAULT_TIMEOUT))
            for text in box.messages(timeout, lambda: request.given_up):
                return _read(text, event, physical_id)
        finally:
            box.discard()
        if request.cancelled.is_set():
            raise ResourceFailedError("Resource creation cancelled")
        raise ResourceFailedError(
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for "
            f"requestId [{request_id}]. If you are using the Python cfn-response module, you may need to update "
            "your Lambda function code so that CloudFormation can attach the updated version."
        )

    @staticmethod
    def _invoke(request: Request, token: str, event: Mapping[str, Any]) -> None:
        role_arn = request.credentials.role_arn
        if role_arn and not role_allows(role_arn, "lambda:InvokeFunction", token):
            raise _NotAskedError(
                f"User: {role_arn} is not authorized to perform: lambda:InvokeFunction on resource: {token}"
            )
        client = request.cloud.client("lambda", request.credentials, request.region)
        try:
            client.invoke(FunctionName=token, InvocationType="Event", Payload=json.dumps(event).encode())
        except ClientError as error:
            raise _NotAskedError(str(error)) from error


def _read(text: str, event: Mapping[str, Any], physical_id: str | None) -> _Answer:
    if len(text.encode()) > RESPONSE_LIMIT:
        raise ResourceFailedError("Response object is too long.")
    try:
        response = json.loads(text)
    except ValueError as error:
        raise ResourceFailedError("Invalid response object: not JSON") from error
    if not isinstance(response, dict):
        raise ResourceFailedError("Invalid response object: not an object")
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        if response.get(name) != event[name]:
            raise ResourceFailedError(
                f"Invalid response object: Value of property {name} does not match the request"
            )
    if response.get("Status") == "FAILED":
        raise ResourceFailedError(
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{response.get('Reason', '')} (RequestId: {event['RequestId']})",
            physical_id=response.get("PhysicalResourceId") or physical_id,
        )
    if response.get("Status") != "SUCCESS":
        raise ResourceFailedError("Invalid response object: Value of property Status must be SUCCESS or FAILED")
    answered = response.get("PhysicalResourceId")
    if not isinstance(answered, str) or not answered:
        raise ResourceFailedError("Invalid PhysicalResourceId")
    data = response.get("Data") or {}
    if not isinstance(data, dict):
        raise ResourceFailedError("Invalid response object: Value of property Data must be an object")
    return _Answer(answered, data)


def _physical(answer: _Answer) -> Physical:
    def attribute(name: str) -> Any:
        if name not in answer.data:
            raise ValidationError(
                f"CustomResource attribute error: Vendor response doesn't contain {name} attribute"
            )
        return answer.data[name]

    return Physical(answer.physical_id, attribute)


def _text(value: Any) -> Any:
    """Scalars reach the function as strings, whatever they are in the template."""
    if isinstance(value, dict):
        return {key: _text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_text(item) for item in value]
    return parameters.scalar(value)
