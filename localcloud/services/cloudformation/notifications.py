"""Telling a stack's notification topics what happens to it."""

import logging

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends
from werkzeug.exceptions import HTTPException

from localcloud.services.cloudformation.stack import Stack, StackEvent

_log = logging.getLogger(__name__)
_SUBJECT = "AWS CloudFormation Notification"


def notify(stack: Stack, event: StackEvent) -> None:
    """Publish an event to every topic of the stack; a topic that is gone is logged and does not stop the stack."""
    for arn in stack.notification_arns:
        backend = sns_backends[stack.account_id][arn.split(":")[3]]
        try:
            backend.publish(_message(stack, event), subject=_SUBJECT, arn=arn)
        except (ServiceException, HTTPException) as error:
            _log.warning("stack %s: topic %s: %s", stack.name, arn, error)


def _message(stack: Stack, event: StackEvent) -> str:
    """One ``name='value'`` per line, as CloudFormation writes it."""
    values = {
        "StackId": event.stack_id,
        "Timestamp": event.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "EventId": event.event_id,
        "LogicalResourceId": event.logical_id,
        "Namespace": stack.account_id,
        "PhysicalResourceId": event.physical_id or "",
        "ResourceProperties": event.properties or "null",
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or "",
        "ResourceType": event.resource_type,
        "StackName": event.stack_name,
        "ClientRequestToken": event.token or "null",
    }
    return "".join(f"{name}='{value}'\n" for name, value in values.items())
