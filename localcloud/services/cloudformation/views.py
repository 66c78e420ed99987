"""Stacks, resources and events as the API shows them."""

from typing import Any

from localcloud.services.cloudformation.parameters import Parameter
from localcloud.services.cloudformation.stack import Stack, StackEvent, StackResource, Values
from localcloud.services.cloudformation.template import Template

_HIDDEN = "****"


def stack(shown: Stack) -> dict[str, Any]:
    """An entry of DescribeStacks."""
    return _present(
        {
            "StackId": shown.stack_id,
            "StackName": shown.name,
            "Description": shown.values.template.description,
            "Parameters": parameter_values(shown.values),
            "CreationTime": shown.created,
            "LastUpdatedTime": shown.updated,
            "DeletionTime": shown.deleted,
            "StackStatus": shown.status,
            "StackStatusReason": shown.reason,
            "DisableRollback": shown.on_failure == "DO_NOTHING",
            "NotificationARNs": shown.notification_arns,
            "TimeoutInMinutes": shown.timeout_minutes,
            "Capabilities": shown.capabilities,
            "Outputs": list(shown.outputs),
            "RoleARN": shown.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in shown.values.tags.items()],
            "EnableTerminationProtection": shown.termination_protection,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def summary(shown: Stack) -> dict[str, Any]:
    """An entry of ListStacks."""
    return _present(
        {
            "StackId": shown.stack_id,
            "StackName": shown.name,
            "TemplateDescription": shown.values.template.description,
            "CreationTime": shown.created,
            "LastUpdatedTime": shown.updated,
            "DeletionTime": shown.deleted,
            "StackStatus": shown.status,
            "StackStatusReason": shown.reason,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def resource(shown: Stack, item: StackResource, *, time_name: str = "Timestamp") -> dict[str, Any]:
    """A resource; ``time_name`` is what the operation calls the time of its last change."""
    return _present(
        {
            "StackName": shown.name,
            "StackId": shown.stack_id,
            "LogicalResourceId": item.planned.logical_id,
            "PhysicalResourceId": item.physical_id,
            "ResourceType": item.planned.type,
            time_name: item.updated,
            "ResourceStatus": item.status,
            "ResourceStatusReason": item.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def event(shown: StackEvent) -> dict[str, Any]:
    """An entry of DescribeStackEvents."""
    return _present(
        {
            "StackId": shown.stack_id,
            "EventId": shown.event_id,
            "StackName": shown.stack_name,
            "LogicalResourceId": shown.logical_id,
            "PhysicalResourceId": shown.physical_id,
            "ResourceType": shown.resource_type,
            "Timestamp": shown.time,
            "ResourceStatus": shown.status,
            "ResourceStatusReason": shown.reason,
            "ResourceProperties": shown.properties,
            "ClientRequestToken": shown.token,
        }
    )


def parameter(declared: Parameter) -> dict[str, Any]:
    """A parameter's declaration, as GetTemplateSummary shows it."""
    allowed = declared.declaration.get("AllowedValues")
    return _present(
        {
            "ParameterKey": declared.name,
            "DefaultValue": declared.default,
            "ParameterType": declared.type,
            "NoEcho": declared.no_echo,
            "Description": declared.description,
            "ParameterConstraints": {"AllowedValues": [str(value) for value in allowed]} if allowed else {},
        }
    )


def template_summary(shown: Template) -> dict[str, Any]:
    """The answer of GetTemplateSummary."""
    return _present(
        {
            "Parameters": [parameter(item) for item in shown.parameters.values()],
            "Description": shown.description,
            **capabilities(shown),
            "ResourceTypes": [item["Type"] for item in shown.resources.values()],
            "Version": shown.data.get("AWSTemplateFormatVersion"),
        }
    )


def capabilities(shown: Template) -> dict[str, Any]:
    """What has to be acknowledged, and why."""
    needed = shown.capabilities
    if not needed:
        return {"Capabilities": []}
    types = sorted({item["Type"] for item in shown.resources.values() if item["Type"].startswith("AWS::IAM::")})
    return {
        "Capabilities": needed,
        "CapabilitiesReason": f"The following resource(s) require capabilities: [{', '.join(types)}]",
    }


def parameter_values(shown: Values) -> list[dict[str, Any]]:
    """Parameters with their values, hidden ones hidden."""
    return [
        _present(
            {
                "ParameterKey": name,
                "ParameterValue": _HIDDEN if shown.template.parameters[name].no_echo else value,
                "ResolvedValue": shown.resolved.get(name),
            }
        )
        for name, value in shown.given.items()
    ]


def _present(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None}
