"""How a stack ended: its outputs, or the reason in the words that Service Catalog uses."""

from typing import Any

_SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"})
_STARTS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
_STACK = "AWS::CloudFormation::Stack"


def describe(client: Any, stack_id: str) -> tuple[list[dict[str, str]], str | None]:
    """Outputs of a stack that did what was asked, or why it did not.

    Args:
        client: a CloudFormation client with the launch's identity.
        stack_id: the stack.

    Returns:
        Outputs as records have them, and None; or no outputs and the reason.

    """
    stack = client.describe_stacks(StackName=stack_id)["Stacks"][0]
    if stack["StackStatus"] in _SUCCEEDED:
        return _outputs(stack), None
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    return [], f"Errors from CloudFormation: [{', '.join(_reasons(events))}]"


def _outputs(stack: dict[str, Any]) -> list[dict[str, str]]:
    if stack["StackStatus"] == "DELETE_COMPLETE":
        return []
    own = {
        "OutputKey": "CloudformationStackARN",
        "OutputValue": stack["StackId"],
        "Description": "The ARN of the launched Cloudformation Stack",
    }
    wanted = ("OutputKey", "OutputValue", "Description")
    return [{key: item[key] for key in wanted if key in item} for item in stack.get("Outputs", [])] + [own]


def _reasons(events: list[dict[str, Any]]) -> list[str]:
    """What the operation's events say, newest first; only those that explain something."""
    reasons = []
    for event in events:
        reason = event.get("ResourceStatusReason")
        if event["ResourceType"] == _STACK and event["ResourceStatus"] in _STARTS and reason == "User Initiated":
            break  # the beginning of this operation
        if reason and (event["ResourceType"] == _STACK or event["ResourceStatus"].endswith("_FAILED")):
            reasons.append(
                f"{{LogicalResourceId : {event['LogicalResourceId']}, ResourceType : {event['ResourceType']}, "
                f"StatusReason : {reason}}}"
            )
    return reasons
