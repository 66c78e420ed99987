"""Reading a pipeline definition and checking its form.

What it may say is AWS's schema of version 2020-12-01
(https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/). The references
between steps are checked in ``linking``, the steps' arguments in ``arguments``.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from localcloud.services.sagemaker.pipelines.definition import (
    Branch,
    Definition,
    DefinitionError,
    PropertyFile,
    Step,
)
from localcloud.services.sagemaker.pipelines.expressions import ExpressionError, check_functions, references_in
from localcloud.services.sagemaker.pipelines.form import check_members, json_array, json_object
from localcloud.services.sagemaker.pipelines.parameters import read_parameters

VERSION = "2020-12-01"
STEP_TYPES = ("Processing", "Training", "Condition", "RegisterModel", "Fail")
OTHER_STEP_TYPES = (
    "Model", "Transform", "Tuning", "AutoML", "Lambda", "Callback", "QualityCheck", "ClarifyCheck", "EMR",
    "EMRServerless", "NotebookJob", "EndpointConfig", "Endpoint", "InferenceComponent", "Lineage",
    "MonitorBatchTransform",
)  # fmt: skip
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


def parse(text: str) -> Definition:
    """Read a definition.

    Raises:
        DefinitionError: it is not JSON, or does not have the form of a definition.

    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise DefinitionError(f"Invalid JSON: {error}") from error
    json_object(document)
    check_members(document, _MEMBERS, {"Version", "Steps"}, "definition")
    if document["Version"] != VERSION:
        raise DefinitionError(f"Unsupported version '{document['Version']}': only {VERSION} is known")
    parameters = read_parameters(json_array(document.get("Parameters", [])))
    steps: dict[str, Step] = {}
    for step in _steps(json_array(document["Steps"]), None):
        if step.name in steps:
            raise DefinitionError(f"Step names must be unique. Duplicate step name '{step.name}'")
        steps[step.name] = step
    if not steps:
        raise DefinitionError("A pipeline must have at least one step")
    return Definition(text, parameters, steps, _experiment(document.get("PipelineExperimentConfig")))


def _experiment(config: Any) -> dict[str, Any] | None:
    if config is None:
        return None
    check_members(json_object(config), {"ExperimentName", "TrialName"}, set(), "PipelineExperimentConfig")
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
                yield from _steps(json_array(step.arguments.get(member, [])), Branch(step.name, outcome))


def _step(item: Any, branch: Branch | None) -> Step:
    json_object(item)
    check_members(item, _STEP_MEMBERS, {"Name", "Type", "Arguments"}, "step")
    name, kind = item["Name"], item["Type"]
    if not isinstance(name, str) or not _STEP_NAME.fullmatch(name):
        raise DefinitionError(f"Invalid step name {name!r}: use letters, digits, '-' and '_', 64 at most")
    if kind in OTHER_STEP_TYPES:
        raise DefinitionError(f"Step '{name}': the local cloud does not imitate steps of type '{kind}'")
    if kind not in STEP_TYPES:
        raise DefinitionError(f"Step '{name}' has the unknown type '{kind}'")
    arguments = json_object(item["Arguments"])
    if kind == "Condition":
        check_members(
            arguments, {"Conditions", "IfSteps", "ElseSteps"}, {"Conditions"}, f"Condition step '{name}'"
        )
    if kind == "Fail":
        check_members(arguments, {"ErrorMessage"}, set(), f"Fail step '{name}'")
    checked = arguments["Conditions"] if kind == "Condition" else arguments
    try:
        check_functions(checked)
    except ExpressionError as error:
        raise DefinitionError(f"Step '{name}': {error}") from error
    depends_on = json_array(item.get("DependsOn", []))
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
    for entry in json_array(item.get("PropertyFiles", [])):
        members = {"PropertyFileName", "OutputName", "FilePath"}
        check_members(json_object(entry), members, members, f"PropertyFile of step '{name}'")
        if kind != "Processing":
            raise DefinitionError(f"Step '{name}': only Processing steps have PropertyFiles")
        yield PropertyFile(entry["PropertyFileName"], entry["OutputName"], entry["FilePath"])


def _cache(item: dict[str, Any], name: str) -> float | None:
    config = item.get("CacheConfig")
    if config is None:
        return None
    check_members(json_object(config), {"Enabled", "ExpireAfter"}, {"Enabled"}, f"CacheConfig of step '{name}'")
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
