"""A pipeline definition, read from its JSON text and checked for form.

What it may say is AWS's schema of version 2020-12-01. The references between steps are checked in ``linking``,
the steps' arguments in ``arguments``.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localcloud.services.sagemaker.pipelines.expressions import (
    ExpressionError,
    check_functions,
    function_of,
    references_in,
)

VERSION = "2020-12-01"
STEP_TYPES = ("Processing", "Training", "Condition", "RegisterModel", "Fail")
OTHER_STEP_TYPES = (
    "Model", "Transform", "Tuning", "AutoML", "Lambda", "Callback", "QualityCheck", "ClarifyCheck", "EMR",
    "EMRServerless", "NotebookJob", "EndpointConfig", "Endpoint", "InferenceComponent", "Lineage",
    "MonitorBatchTransform",
)  # fmt: skip
_PARAMETER_TYPES: dict[str, type | tuple[type, ...]] = {
    "String": str, "Integer": int, "Float": (int, float), "Boolean": bool,
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,255}")
_STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_STEP_MEMBERS = {
    "Name", "Type", "Arguments", "DependsOn", "CacheConfig", "RetryPolicies", "PropertyFiles", "DisplayName",
    "Description",
}  # fmt: skip
_MEMBERS = {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps", "MLflowConfig"}
_DURATION = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)
_UNIT_SECONDS = (31_536_000, 2_592_000, 604_800, 86_400, 3600, 60, 1)


class DefinitionError(Exception):
    """The definition is not one that SageMaker takes. The message says where and why."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the pipeline; ``default`` is None when a value must be given at the start."""

    name: str
    type: str
    default: Any = None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file among the outputs of a processing step, for ``Std:JsonGet``."""

    name: str
    output: str
    path: str


@dataclass(frozen=True)
class Branch:
    """The branch of a condition step in which another step stands."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class Step:
    """One step; ``cache_seconds`` is None without caching, infinite when it never expires."""

    name: str
    type: str
    arguments: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    property_files: tuple[PropertyFile, ...] = ()
    cache_seconds: float | None = None
    display_name: str | None = None
    description: str | None = None
    branch: Branch | None = None


@dataclass(frozen=True)
class Definition:
    """A whole definition; ``steps`` holds the steps of all branches too, each after its condition.

    ``experiment`` may have the members ExperimentName and TrialName.
    """

    text: str
    parameters: dict[str, Parameter]
    steps: dict[str, Step] = field(default_factory=dict)
    experiment: dict[str, Any] | None = None


def parse(text: str) -> Definition:
    """Read a definition.

    Raises:
        DefinitionError: it is not JSON, or does not have the form of a definition.

    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise DefinitionError(f"Invalid JSON: {error}") from error
    _object(document)
    _members(document, _MEMBERS, {"Version", "Steps"}, "definition")
    if document["Version"] != VERSION:
        raise DefinitionError(f"Unsupported version '{document['Version']}': only {VERSION} is known")
    parameters = _parameters(_array(document.get("Parameters", [])))
    steps: dict[str, Step] = {}
    for step in _steps(_array(document["Steps"]), None):
        if step.name in steps:
            raise DefinitionError(f"Step names must be unique. Duplicate step name '{step.name}'")
        steps[step.name] = step
    if not steps:
        raise DefinitionError("A pipeline must have at least one step")
    return Definition(text, parameters, steps, _experiment(document.get("PipelineExperimentConfig")))


def parameter_value(parameter: Parameter, text: Any) -> Any:
    """The value of a parameter from what the API sends (always text) or the definition holds.

    Raises:
        DefinitionError: the text is not of the parameter's type, or not among its values.

    """
    value = _converted(parameter, text) if isinstance(text, str) else text
    expected = _PARAMETER_TYPES[parameter.type]
    if not isinstance(value, expected) or (isinstance(value, bool) and parameter.type != "Boolean"):
        raise DefinitionError(f"Value '{text}' of parameter '{parameter.name}' is not of type {parameter.type}")
    if parameter.values and value not in parameter.values:
        allowed = ", ".join(str(item) for item in parameter.values)
        raise DefinitionError(f"Value '{text}' of parameter '{parameter.name}' is not one of [{allowed}]")
    return value


def _converted(parameter: Parameter, text: str) -> Any:
    if parameter.type == "String":
        return text
    if parameter.type == "Boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        return int(text) if parameter.type == "Integer" else float(text)
    except ValueError:
        return text


def _parameters(items: list[Any]) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    for item in items:
        _object(item)
        _members(item, {"Name", "Type", "DefaultValue", "EnumValues"}, {"Name", "Type"}, "parameter")
        name = item["Name"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DefinitionError(f"Invalid parameter name {name!r}")
        if item["Type"] not in _PARAMETER_TYPES:
            raise DefinitionError(f"Unknown type '{item['Type']}' of parameter '{name}'")
        if name in parameters:
            raise DefinitionError(f"Parameter names must be unique. Duplicate parameter name '{name}'")
        parameter = Parameter(name, item["Type"], values=tuple(_array(item.get("EnumValues", []))))
        default = item.get("DefaultValue")
        if default is not None:
            if isinstance(default, str) != (parameter.type == "String"):
                raise DefinitionError(f"The default value of parameter '{name}' is not of type {parameter.type}")
            default = parameter_value(parameter, default)
        parameters[name] = Parameter(name, parameter.type, default, parameter.values)
    return parameters


def _experiment(config: Any) -> dict[str, Any] | None:
    if config is None:
        return None
    _members(_object(config), {"ExperimentName", "TrialName"}, set(), "PipelineExperimentConfig")
    try:
        check_functions(config)
        scopes = {reference.scope for reference in references_in(config)}
    except ExpressionError as error:
        raise DefinitionError(f"PipelineExperimentConfig: {error}") from error
    if scopes - {"Execution", "Parameters"}:
        raise DefinitionError("PipelineExperimentConfig can refer to parameters and execution variables only")
    return dict(config)


def _steps(items: list[Any], branch: Branch | None) -> Iterator[Step]:
    for item in items:
        step = _step(item, branch)
        yield step
        if step.type == "Condition":
            for member, outcome in (("IfSteps", True), ("ElseSteps", False)):
                yield from _steps(_array(step.arguments.get(member, [])), Branch(step.name, outcome))


def _step(item: Any, branch: Branch | None) -> Step:
    _object(item)
    _members(item, _STEP_MEMBERS, {"Name", "Type", "Arguments"}, "step")
    name, kind = item["Name"], item["Type"]
    if not isinstance(name, str) or not _STEP_NAME.fullmatch(name):
        raise DefinitionError(f"Invalid step name {name!r}: use letters, digits, '-' and '_', 64 at most")
    if kind in OTHER_STEP_TYPES:
        raise DefinitionError(f"Step '{name}': the local cloud does not imitate steps of type '{kind}'")
    if kind not in STEP_TYPES:
        raise DefinitionError(f"Step '{name}' has the unknown type '{kind}'")
    arguments = _object(item["Arguments"])
    if kind == "Condition":
        _members(arguments, {"Conditions", "IfSteps", "ElseSteps"}, {"Conditions"}, f"Condition step '{name}'")
    if kind == "Fail":
        _members(arguments, {"ErrorMessage"}, set(), f"Fail step '{name}'")
    checked = arguments["Conditions"] if kind == "Condition" else arguments
    try:
        check_functions(checked)
    except ExpressionError as error:
        raise DefinitionError(f"Step '{name}': {error}") from error
    depends_on = _array(item.get("DependsOn", []))
    if not all(isinstance(other, str) for other in depends_on):
        raise DefinitionError(f"Step '{name}': DependsOn must be a list of step names")
    return Step(
        name=name,
        type=kind,
        arguments=arguments,
        depends_on=tuple(depends_on),
        property_files=tuple(_property_files(item, name, kind)),
        cache_seconds=_cache(item, name),
        display_name=item.get("DisplayName"),
        description=item.get("Description"),
        branch=branch,
    )


def _property_files(item: dict[str, Any], name: str, kind: str) -> Iterator[PropertyFile]:
    for entry in _array(item.get("PropertyFiles", [])):
        members = {"PropertyFileName", "OutputName", "FilePath"}
        _members(_object(entry), members, members, f"PropertyFile of step '{name}'")
        if kind != "Processing":
            raise DefinitionError(f"Step '{name}': only Processing steps have PropertyFiles")
        yield PropertyFile(entry["PropertyFileName"], entry["OutputName"], entry["FilePath"])


def _cache(item: dict[str, Any], name: str) -> float | None:
    config = item.get("CacheConfig")
    if config is None:
        return None
    _members(_object(config), {"Enabled", "ExpireAfter"}, {"Enabled"}, f"CacheConfig of step '{name}'")
    if not config["Enabled"]:
        return None
    expire = config.get("ExpireAfter")
    return float("inf") if expire is None else duration(expire)


def duration(text: Any) -> float:
    """Seconds of an ISO 8601 duration such as ``P30D`` or ``PT1H``.

    Raises:
        DefinitionError: it is no such duration.

    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise DefinitionError(f"ExpireAfter must be an ISO 8601 duration such as P30D, not {text!r}")
    return float(sum(int(amount or 0) * unit for amount, unit in zip(match.groups(), _UNIT_SECONDS, strict=True)))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or function_of(value) is not None:
        raise DefinitionError("Expecting start of Json Object.")
    return value


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise DefinitionError("Expecting start of Json Array.")
    return value


def _members(value: dict[str, Any], known: set[str], required: set[str], where: str) -> None:
    for name in value:
        if name not in known:
            raise DefinitionError(f"Unknown member '{name}' in {where}")
    for name in sorted(required):
        if value.get(name) is None:
            raise DefinitionError(f"Missing required member '{name}' in {where}")
