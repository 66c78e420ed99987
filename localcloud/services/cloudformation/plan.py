"""From a template and its values to the resources that a stack has, and their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.services.cloudformation import rules
from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.intrinsics import NO_VALUE, Evaluator
from localcloud.services.cloudformation.references import references
from localcloud.services.cloudformation.template import Template, depends_on


@dataclass(frozen=True)
class Planned:
    """One resource whose condition holds, with every ``Fn::If`` decided."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    dependencies: frozenset[str]
    deletion_policy: str
    replace_policy: str
    metadata: Any = None


@dataclass(frozen=True)
class Plan:
    """The resources of a stack.

    Attributes:
        resources: by logical id, in the template's order.
        outputs: output definitions whose condition holds.
        names: values of parameters and pseudo parameters.
        mappings: the template's mappings.

    """

    resources: Mapping[str, Planned]
    outputs: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, Any]
    mappings: Mapping[str, Any]


def make(template: Template, names: Mapping[str, Any]) -> Plan:
    """Decide conditions, check rules and order.

    Args:
        template: the template.
        names: values of parameters and pseudo parameters.

    Raises:
        ValidationError: a rule is broken, dependencies are circular, or a resource that the conditions leave out
            is referred to.

    """
    mappings = template.section("Mappings")
    evaluator = Evaluator(names, mappings, template.section("Conditions"))
    check_rules(template.section("Rules"), template, names)
    chosen = {
        logical_id: resource
        for logical_id, resource in template.resources.items()
        if "Condition" not in resource or evaluator.condition(resource["Condition"])
    }
    resources = {
        logical_id: _planned(logical_id, resource, evaluator, template, set(chosen))
        for logical_id, resource in chosen.items()
    }
    _refuse_circles(resources)
    outputs = {
        name: _decide(output, evaluator)
        for name, output in template.section("Outputs").items()
        if "Condition" not in output or evaluator.condition(output["Condition"])
    }
    _refuse_left_out([*outputs.values()], template, set(chosen), "Outputs")
    return Plan(resources, outputs, names, mappings)


def check_rules(section: Mapping[str, Any], template: Template, names: Mapping[str, Any]) -> None:
    """Check a ``Rules`` section, the template's own or a template constraint's, against parameter values.

    Raises:
        ValidationError: an assertion does not hold.

    """
    evaluator = rules.RuleEvaluator(names, template.section("Mappings"), template.section("Conditions"))
    rules.check(section, evaluator)


def _planned(
    logical_id: str, resource: Mapping[str, Any], evaluator: Evaluator, template: Template, chosen: set[str]
) -> Planned:
    properties = _decide(resource.get("Properties", {}), evaluator)
    _refuse_left_out(properties, template, chosen, "Resources")
    named = {item.name for item in references(properties) if item.name in chosen}
    named |= {name for name in depends_on(resource) if name in chosen}
    deletion = resource.get("DeletionPolicy", "Delete")
    return Planned(
        logical_id=logical_id,
        type=resource["Type"],
        properties=properties,
        dependencies=frozenset(named),
        deletion_policy=deletion,
        replace_policy=resource.get("UpdateReplacePolicy", "Delete"),
        metadata=resource.get("Metadata"),
    )


def _decide(value: Any, evaluator: Evaluator) -> Any:
    """Replace every ``Fn::If`` by the branch that its condition chooses."""
    if isinstance(value, list):
        items = (_decide(item, evaluator) for item in value)
        return [item for item in items if not _left_out(item)]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::If"}:
        argument = value["Fn::If"]
        if not isinstance(argument, list) or len(argument) != 3:
            raise ValidationError("Template error: Fn::If requires a list argument with three elements")
        return _decide(argument[1] if evaluator.condition(argument[0]) else argument[2], evaluator)
    decided = {key: _decide(item, evaluator) for key, item in value.items()}
    return {key: item for key, item in decided.items() if not _left_out(item)}


def _left_out(value: Any) -> bool:
    return value is NO_VALUE or value == {"Ref": "AWS::NoValue"}


def _refuse_left_out(value: Any, template: Template, chosen: set[str], block: str) -> None:
    missing = {
        item.name for item in references(value) if item.name in template.resources and item.name not in chosen
    }
    if missing:
        raise ValidationError(
            f"Template format error: Unresolved resource dependencies [{', '.join(sorted(missing))}] "
            f"in the {block} block of the template"
        )


def _refuse_circles(resources: Mapping[str, Planned]) -> None:
    left = {name: set(resource.dependencies) for name, resource in resources.items()}
    while free := [name for name, needs in left.items() if not needs & set(left)]:
        for name in free:
            del left[name]
    if left:
        raise ValidationError(f"Circular dependency between resources: [{', '.join(sorted(left))}]")
