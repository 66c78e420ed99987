"""The command of a product's template, as CloudFormation makes it."""

import base64
import re
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[3] / "service-catalog-setup"
TEMPLATE = PACKAGE / "products" / "model-build" / "template.yaml"
STACK = (
    "arn:aws:cloudformation:ap-southeast-1:111122223333:stack/SC-111122223333-pp-abcdefghijklm/"
    "11111111-2222-3333-4444-555555555555"
)


def substitute(node: Any, template: dict[str, Any], values: dict[str, str]) -> Any:
    """Resolve the few intrinsics that the command is made of, as CloudFormation does: once."""
    if not isinstance(node, dict) or len(node) != 1:
        return node
    [(function, argument)] = node.items()
    match function:
        case "Ref":
            return values[argument]
        case "Fn::FindInMap":
            top, first, second = argument
            return template["Mappings"][top][first][second]
        case "Fn::Base64":
            return base64.b64encode(substitute(argument, template, values).encode()).decode()
        case "Fn::Sub":
            text, variables = argument
            known = values | {name: substitute(value, template, values) for name, value in variables.items()}
            return re.sub(
                r"\$\{(!?)([^}]+)\}", lambda found: f"${{{found[2]}}}" if found[1] else known[found[2]], text
            )
        case _:
            raise AssertionError(function)


def command(template: dict[str, Any], values: dict[str, str]) -> str:
    text = substitute(
        template["Resources"]["Project"]["Properties"]["Command"],
        template,
        {"AWS::Region": "ap-southeast-1", "AWS::StackId": STACK} | values,
    )
    assert isinstance(text, str)
    return text


def longest(template: dict[str, Any]) -> dict[str, str]:
    # Service Catalog names a stack SC-<account>-<provisioned product>; CloudFormation would take 128 characters.
    stack = STACK.replace("aws:", "aws-us-gov:").replace("SC-111122223333-pp-abcdefghijklm", "s" * 128)
    lengths = {name: "x" * parameter["MaxLength"] for name, parameter in template["Parameters"].items()}
    return lengths | {"AWS::StackId": stack}
