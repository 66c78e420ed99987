"""How the steps of a definition hang together: references, dependencies, order."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from localcloud.services.sagemaker.pipelines import shapes
from localcloud.services.sagemaker.pipelines.definition import Definition, DefinitionError, Step
from localcloud.services.sagemaker.pipelines.expressions import (
    JSON_GET,
    ExpressionError,
    Reference,
    function_of,
    references_in,
)

EXECUTION_VARIABLES = (
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "PipelineName",
    "PipelineArn",
    "StartDateTime",
    "CurrentDateTime",
    "TrainingJobName",
    "ProcessingJobName",
)


def own_arguments(step: Step) -> Any:
    """A step's arguments without the steps of its branches."""
    return step.arguments.get("Conditions") if step.type == "Condition" else step.arguments


def dependencies(definition: Definition) -> dict[str, set[str]]:
    """For each step the steps that must be finished before it: DependsOn, references, its condition.

    Raises:
        DefinitionError: a reference to something that is not there, or a cycle.

    """
    try:
        for reference in references_in(definition.experiment):
            _check_reference(definition, reference)
    except ExpressionError as error:
        raise DefinitionError(f"PipelineExperimentConfig: {error}") from error
    graph: dict[str, set[str]] = {}
    for step in definition.steps.values():
        before = set(_depends_on(definition, step))
        before |= {reference.name for reference in _references(definition, step) if reference.scope == "Steps"}
        if step.branch is not None:
            before.add(step.branch.condition)
        graph[step.name] = before
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise DefinitionError(f"Cyclic dependency between steps: {circle}") from error
    return graph


def _depends_on(definition: Definition, step: Step) -> Iterator[str]:
    for name in step.depends_on:
        if name not in definition.steps:
            raise DefinitionError(f"Step '{step.name}' depends on the unknown step '{name}'")
        if definition.steps[name].type == "Fail":
            raise DefinitionError(f"{step.name} can not depends on {name}")
        yield name


def _references(definition: Definition, step: Step) -> Iterator[Reference]:
    try:
        for reference in references_in(own_arguments(step)):
            _check_reference(definition, reference)
            yield reference
        for s3_uri in _json_gets(own_arguments(step)):
            _check_property_file(definition, s3_uri)
    except ExpressionError as error:
        raise DefinitionError(f"Step '{step.name}': {error}") from error


def _check_reference(definition: Definition, reference: Reference) -> None:
    if reference.scope == "Parameters" and reference.name not in definition.parameters:
        raise ExpressionError(f"Unknown pipeline parameter in reference '{reference.text}'")
    if reference.scope == "Execution" and reference.name not in EXECUTION_VARIABLES:
        raise ExpressionError(f"Unknown execution variable in reference '{reference.text}'")
    if reference.scope == "Steps":
        step = definition.steps.get(reference.name)
        if step is None:
            raise ExpressionError(f"Unknown step in reference '{reference.text}'")
        if reference.path[0] == "PropertyFiles":
            return  # checked where Std:JsonGet uses it
        if step.type == "Fail":
            raise ExpressionError(f"{reference.text}: a Fail step has no properties that others can use")
        shapes.check_property(step, reference)


def _json_gets(value: Any) -> Iterator[dict[str, Any]]:
    if function_of(value) == JSON_GET:
        yield value[JSON_GET]
    elif isinstance(value, dict):
        for item in value.values():
            yield from _json_gets(item)
    elif isinstance(value, list):
        for item in value:
            yield from _json_gets(item)


def _check_property_file(definition: Definition, argument: dict[str, Any]) -> None:
    for reference in references_in(argument.get("PropertyFile")):
        step = definition.steps[reference.name]
        named = [file for file in step.property_files if file.name == reference.path[1]]
        if not named:
            raise ExpressionError(f"Unknown PropertyFile in reference '{reference.text}'")
        if named[0].output not in shapes.output_names(step):
            raise ExpressionError(
                f"PropertyFile '{named[0].name}' of step '{step.name}' has an unknown output: {named[0].output!r}"
            )
