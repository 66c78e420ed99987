"""The values of expressions while a pipeline runs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.services.sagemaker.pipelines.expressions import (
    GET,
    JOIN,
    ExpressionError,
    PathPart,
    Reference,
    function_of,
    parse_json_path,
    parse_reference,
)
from localcloud.services.sagemaker.pipelines.shapes import walk

ReadText = Callable[[str], str]
"""Reads the object behind an ``s3://`` URI; raises ExpressionError when it cannot."""


@dataclass
class Values:
    """What expressions can refer to during an execution.

    Attributes:
        parameters: the execution's parameters.
        execution: its variables (``PipelineExecutionId``, …).
        outputs: for each finished step the answer of its Describe operation.
        property_files: S3 URI of each property file, by (step, name).

    """

    parameters: Mapping[str, Any]
    execution: Mapping[str, str]
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    property_files: dict[tuple[str, str], str] = field(default_factory=dict)

    def resolve(self, value: Any, read: ReadText) -> Any:
        """``value`` with every expression inside it replaced by its value.

        Raises:
            ExpressionError: something an expression refers to is not there.

        """
        function = function_of(value)
        if function is None:
            if isinstance(value, dict):
                return {name: self.resolve(item, read) for name, item in value.items()}
            if isinstance(value, list):
                return [self.resolve(item, read) for item in value]
            return value
        if function == GET:
            return self._get(parse_reference(value[GET]))
        if function == JOIN:
            argument = value[JOIN]
            return argument.get("On", "").join(as_text(self.resolve(item, read)) for item in argument["Values"])
        return self._json_get(value[function], read)

    def _get(self, reference: Reference) -> Any:
        if reference.scope == "Parameters":
            return self.parameters[reference.name]
        if reference.scope == "Execution":
            if reference.name == "CurrentDateTime":
                return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            return self.execution[reference.name]
        if reference.name not in self.outputs:
            raise ExpressionError(f"Step '{reference.name}' has no output: '{reference.text}' cannot be resolved")
        return walk(self.outputs[reference.name], reference.path, reference.text)

    def _json_get(self, argument: dict[str, Any], read: ReadText) -> Any:
        if "S3Uri" in argument:
            uri = self.resolve(argument["S3Uri"], read)
            name = str(uri)
        else:
            reference = parse_reference(argument["PropertyFile"][GET])
            name = str(reference.path[1])
            uri = self.property_files.get((reference.name, name))
            if uri is None:
                raise ExpressionError(f"Step '{reference.name}' left no property file '{name}'")
        return _json_value(read(uri), parse_json_path(argument["Path"]), name, argument["Path"])


def _json_value(text: str, path: tuple[PathPart, ...], name: str, path_text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ExpressionError(f"The property file '{name}' is not JSON: {error}") from error
    for part in path:
        if isinstance(value, dict) and str(part) in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            raise ExpressionError(f"The JsonPath '{path_text}' is not in the property file '{name}'")
    if isinstance(value, dict | list) or value is None:
        raise ExpressionError(f"The JsonPath '{path_text}' of the property file '{name}' is not a scalar value")
    return value


def as_text(value: Any) -> str:
    """A value inside a ``Std:Join``: text as it is, numbers and booleans as in JSON."""
    return value if isinstance(value, str) else json.dumps(value)
