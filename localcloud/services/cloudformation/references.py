"""What a piece of a template refers to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localcloud.services.cloudformation.errors import ValidationError

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NotificationARNs",
        "NoValue",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)
SUBSTITUTION = re.compile(r"\$\{(!?)([^}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z0-9_.:]+")


@dataclass(frozen=True)
class Reference:
    """One reference: by ``Ref``, ``Fn::GetAtt`` or ``Condition``; ``attribute`` for the second."""

    kind: str
    name: str
    attribute: str = ""


def references(value: Any) -> Iterator[Reference]:
    """Every reference inside ``value``."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        yield from _of_mapping(value)


def _of_mapping(value: dict[str, Any]) -> Iterator[Reference]:
    for key, item in value.items():
        if key == "Ref" and len(value) == 1:
            if not isinstance(item, str):
                raise ValidationError("Template format error: Every Ref object must have a single String value.")
            yield Reference("Ref", item)
        elif key == "Fn::GetAtt":
            name, attribute = attribute_of(item)
            yield Reference("GetAtt", name, attribute if isinstance(attribute, str) else "")
            yield from references(attribute)
        elif key == "Fn::Sub":
            yield from _of_substitution(item)
        elif key == "Condition" and isinstance(item, str) and len(value) == 1:
            yield Reference("Condition", item)
        elif key == "Fn::If" and isinstance(item, list) and item and isinstance(item[0], str):
            yield Reference("Condition", item[0])
            yield from references(item[1:])
        else:
            yield from references(item)


def attribute_of(value: Any) -> tuple[str, Any]:
    """Logical name and attribute of a ``Fn::GetAtt``, in its list or its dotted form."""
    if isinstance(value, str) and "." in value:
        name, attribute = value.split(".", 1)
        return name, attribute
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
        return value[0], value[1]
    raise ValidationError(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, "
        "the resource name and the resource attribute"
    )


def substitution_of(value: Any) -> tuple[str, dict[str, Any]]:
    """Text and own variables of a ``Fn::Sub``, in either form."""
    if isinstance(value, str):
        return value, {}
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
        return value[0], value[1]
    raise ValidationError(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
        "Specify a string as first argument, and an optional second argument to specify a mapping of values"
    )


def _of_substitution(value: Any) -> Iterator[Reference]:
    text, variables = substitution_of(value)
    yield from references(list(variables.values()))
    for literal, name in SUBSTITUTION.findall(text):
        if literal or name in variables:
            continue
        if not _VARIABLE.fullmatch(name):
            raise ValidationError(
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "
                f"underscores, periods, and colons (found '${{{name}}}'; write '${{!...}}' for a literal)"
            )
        if "." in name:
            resource, attribute = name.split(".", 1)
            yield Reference("GetAtt", resource, attribute)
        else:
            yield Reference("Ref", name)
