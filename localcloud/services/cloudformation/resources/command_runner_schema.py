"""The schema of ``AWSUtility::CloudFormation::CommandRunner`` 2.0.1, as far as templates see it.

Facts from the type's public definition (aws-cloudformation-resource-providers-awsutilities-commandrunner): names,
types, what is required and what is read-only. The descriptions are this project's.
"""

from collections.abc import Mapping
from typing import Any

TYPE_NAME = "AWSUtility::CloudFormation::CommandRunner"

_DESCRIPTIONS = {
    "Command": "What bash runs on the instance; the resource's output is what it writes to /command-output.txt.",
    "Role": "Name of the instance profile that the instance gets.",
    "LogGroup": "Existing log group for the instance's logs.",
    "SubnetId": "Subnet of the instance; without it the default VPC's.",
    "SecurityGroupId": "Security group of the instance; needs SubnetId.",
    "KeyId": "KMS key for the stored output.",
    "Timeout": "Seconds that the command may take: 600 unless given, 43200 at most.",
    "InstanceType": "Type of the instance: t2.medium unless given.",
    "DisableTerminateInstancesCheck": "Whether to start without checking that the instance may be terminated.",
    "Output": "The first word of /command-output.txt (read-only).",
    "Id": "Identifier of the run (read-only).",
}
READ_ONLY = frozenset({"Output", "Id"})
REQUIRED = ("Command",)
SCHEMA: dict[str, Any] = {
    "typeName": TYPE_NAME,
    "description": "Runs a command on an EC2 instance while a stack is created.",
    "properties": {name: {"type": "string", "description": text} for name, text in _DESCRIPTIONS.items()},
    "additionalProperties": False,
    "required": list(REQUIRED),
    "readOnlyProperties": [f"/properties/{name}" for name in sorted(READ_ONLY)],
    "primaryIdentifier": ["/properties/Id"],
}


def violation(properties: Mapping[str, Any]) -> str | None:
    """The first thing about ``properties`` that the schema forbids, or None."""
    for name in REQUIRED:
        if name not in properties:
            return f"Model validation failed (#: required key [{name}] not found)"
    for name, value in properties.items():
        if name not in _DESCRIPTIONS:
            return f"Model validation failed (#: extraneous key [{name}] is not permitted)"
        if name in READ_ONLY:
            return f"Encountered unsupported properties in {{/}}: [{name}]"
        # CloudFormation turns numbers and booleans into the strings that the schema wants.
        if not isinstance(value, str | int | float | bool):
            return f"Model validation failed (#/{name}: expected type: String, found: {type(value).__name__})"
    return None
