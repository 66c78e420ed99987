"""``AWS::CloudFormation::WaitConditionHandle`` and ``WaitCondition``: waiting for somebody's signals."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from localcloud.services.cloudformation.errors import ResourceFailedError, ValidationError
from localcloud.services.cloudformation.resources.mailbox import Mailbox
from localcloud.services.cloudformation.resources.provider import Request
from localcloud.services.cloudformation.stack import Physical

_LONGEST_SECONDS = 43_200


class WaitConditionHandle:
    """The handle: a presigned URL to which signals are put."""

    leaves_replaced = True

    def create(self, request: Request) -> Physical:
        """Make the URL."""
        box = Mailbox(request, f"{request.logical_id}/{uuid4()}")
        request.initiated(box.url)
        return Physical(box.url, _no_attribute, state=box)

    def updates_in_place(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Always: it has no properties."""
        return True

    def update(self, request: Request, current: Physical, old: Mapping[str, Any]) -> Physical:  # noqa: ARG002
        """Change nothing."""
        return current

    def delete(self, request: Request, current: Physical) -> None:  # noqa: ARG002
        """Forget the signals."""
        current.state.discard()


class WaitCondition:
    """The condition: waits until ``Count`` success signals have arrived."""

    leaves_replaced = True

    def create(self, request: Request) -> Physical:
        """Wait for the signals."""
        timeout = int(request.properties.get("Timeout", 0))
        count = int(request.properties.get("Count", 1))
        if not 0 < timeout <= _LONGEST_SECONDS:
            raise ResourceFailedError(f"Invalid Timeout: {timeout} (1 to {_LONGEST_SECONDS} seconds)")
        box = Mailbox.at(str(request.properties.get("Handle", "")))
        if box is None:
            raise ResourceFailedError("Invalid Handle: it is not the Ref of a WaitConditionHandle")
        physical_id = f"{request.stack_id}/{request.logical_id}"
        request.initiated(physical_id)
        signals: dict[str, str] = {}
        for text in box.messages(timeout, lambda: request.given_up):
            signal = _signal(text)
            if signal["Status"] == "FAILURE":
                raise ResourceFailedError(
                    f"WaitCondition received failed message: '{signal['Reason']}' "
                    f"for uniqueId: {signal['UniqueId']}"
                )
            signals[signal["UniqueId"]] = signal["Data"]
            if len(signals) >= count:
                data = json.dumps(signals, separators=(",", ":"))
                return Physical(physical_id, _only_data(data))
        if request.cancelled.is_set():
            raise ResourceFailedError("Resource creation cancelled")
        raise ResourceFailedError(
            f"WaitCondition timed out. Received {len(signals)} conditions when expecting {count}"
        )

    def updates_in_place(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Never: updates are not supported by CloudFormation."""
        return False

    def update(self, request: Request, current: Physical, old: Mapping[str, Any]) -> Physical:  # noqa: ARG002
        """Not possible."""
        raise ResourceFailedError("Update to resource type AWS::CloudFormation::WaitCondition is not supported.")

    def delete(self, request: Request, current: Physical) -> None:
        """Delete nothing: there is only the record."""


def _signal(text: str) -> dict[str, str]:
    try:
        signal = json.loads(text)
    except ValueError as error:
        raise ResourceFailedError("WaitCondition received a signal that is not JSON") from error
    if not isinstance(signal, dict) or signal.get("Status") not in ("SUCCESS", "FAILURE"):
        raise ResourceFailedError("WaitCondition received a signal without a Status of SUCCESS or FAILURE")
    return {name: str(signal.get(name, "")) for name in ("Status", "Reason", "UniqueId", "Data")}


def _only_data(data: str) -> Any:
    def attribute(name: str) -> str:
        if name != "Data":
            return str(_no_attribute(name))
        return data

    return attribute


def _no_attribute(name: str) -> Any:
    raise ValidationError(f"Template error: the resource does not support attribute type {name} in Fn::GetAtt")
