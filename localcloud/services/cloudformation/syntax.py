"""From a template's text (JSON or YAML with CloudFormation's tags) to plain dicts and lists."""

import json
from collections.abc import Hashable
from typing import Any

import yaml

from localcloud.services.cloudformation.errors import ValidationError

BODY_LIMIT = 51_200
"""Bytes of a template sent with the request (CloudFormation quotas)."""
OBJECT_LIMIT = 1_048_576
"""Bytes of a template read from S3 (CloudFormation quotas)."""


class _TemplateLoader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: no dates, its short tags, and no key twice."""


def _tag(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise yaml.constructor.ConstructorError(None, None, f"!{suffix} on an unknown node", node.start_mark)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


def _mapping(loader: _TemplateLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    loader.flatten_mapping(node)
    result: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in result:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key}", key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_TemplateLoader.add_multi_constructor("!", _tag)
_TemplateLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> dict[str, Any]:
    """Read a template.

    Raises:
        ValidationError: neither JSON nor YAML, or not an object at its top.

    """
    template = _json(text) if text.lstrip().startswith("{") else _yaml(text)
    if not isinstance(template, dict):
        raise ValidationError("Template format error: unsupported structure.")
    return template


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        # A YAML flow mapping may begin with a brace too; only what is neither is refused.
        try:
            return yaml.load(text, Loader=_TemplateLoader)  # nosec B506 # noqa: S506 - derived from SafeLoader
        except yaml.YAMLError:
            raise ValidationError(
                f"Template format error: JSON not well-formed. (line {error.lineno}, column {error.colno})"
            ) from error


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_TemplateLoader)  # nosec B506 # noqa: S506 - derived from SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValidationError(
            f"Template format error: YAML not well-formed.{place} {error.problem or ''}"
        ) from error
    except yaml.YAMLError as error:
        raise ValidationError("Template format error: YAML not well-formed.") from error
