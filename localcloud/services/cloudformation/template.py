"""A template: its sections, checked as CloudFormation checks them before a stack exists."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.services.cloudformation import rules, syntax
from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.parameters import Parameter, declared
from localcloud.services.cloudformation.references import PSEUDO_PARAMETERS, Reference, references

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_RESOURCE_MEMBERS = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Description",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    }
)
_RESOURCE_LIMIT = 500
_OUTPUT_LIMIT = 200
_DESCRIPTION_LIMIT = 1024
_IAM_TYPES = frozenset(
    f"AWS::IAM::{name}"
    for name in (
        "AccessKey",
        "Group",
        "InstanceProfile",
        "ManagedPolicy",
        "Policy",
        "Role",
        "User",
        "UserToGroupAddition",
    )
)
_IAM_NAMES = ("GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName")


@dataclass(frozen=True)
class Template:
    """A parsed template.

    Attributes:
        body: its text, as it was sent.
        data: the text's content.
        parameters: its parameters.

    """

    body: str
    data: Mapping[str, Any]
    parameters: Mapping[str, Parameter]

    @property
    def description(self) -> str | None:
        """The template's description."""
        return self.data.get("Description")

    @property
    def resources(self) -> Mapping[str, Any]:
        """Resources by logical id, whatever their conditions."""
        return self.data["Resources"]

    def section(self, name: str) -> Mapping[str, Any]:
        """A section that may be missing (``Mappings``, ``Conditions``, ``Outputs``, ``Rules``)."""
        return self.data.get(name) or {}

    @property
    def capabilities(self) -> list[str]:
        """What a request has to acknowledge, if anything."""
        types = [resource for resource in self.resources.values() if resource["Type"] in _IAM_TYPES]
        if not types:
            return []
        named = any(name in (resource.get("Properties") or {}) for resource in types for name in _IAM_NAMES)
        return ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"]


def load(body: str, known: Callable[[str], bool]) -> Template:
    """Parse and check a template.

    Args:
        body: its text.
        known: whether a resource type exists here.

    Raises:
        ValidationError: worded as CloudFormation words it.

    """
    data = syntax.parse(body)
    if unknown := sorted(set(data) - _SECTIONS, key=str):
        raise ValidationError(f"Invalid template property or properties [{', '.join(map(str, unknown))}]")
    if "Transform" in data:
        raise ValidationError("Template format error: transforms are not available in the local cloud")
    description = data.get("Description")
    if description is not None and not isinstance(description, str):
        raise ValidationError("Template format error: Every Description member must be a string.")
    if description and len(description.encode()) > _DESCRIPTION_LIMIT:
        raise ValidationError(f"Template format error: 'Description' length is greater than {_DESCRIPTION_LIMIT}.")
    template = Template(body, data, declared(data.get("Parameters")))
    for section in ("Mappings", "Conditions", "Outputs", "Metadata"):
        if data.get(section) is not None and not isinstance(data[section], dict):
            raise ValidationError(f"Template format error: {section} must be an object.")
    rules.validate(data.get("Rules"))
    _check_resources(data.get("Resources"), known)
    _check_outputs(template)
    _check_references(template)
    return template


def _check_resources(resources: Any, known: Callable[[str], bool]) -> None:
    if not isinstance(resources, dict) or not resources:
        raise ValidationError("Template format error: At least one Resources member must be defined.")
    if len(resources) > _RESOURCE_LIMIT:
        raise ValidationError(
            f"Template format error: Number of resources, {len(resources)}, is greater than {_RESOURCE_LIMIT}."
        )
    for name, resource in resources.items():
        if not str(name).isalnum():
            raise ValidationError(f"Template format error: Resource name {name} is non alphanumeric.")
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise ValidationError(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
            )
        if unknown := sorted(set(resource) - _RESOURCE_MEMBERS):
            raise ValidationError(f"Invalid template resource property '{unknown[0]}'")
        if not isinstance(resource.get("Properties", {}), dict):
            raise ValidationError(f"Template format error: [/Resources/{name}/Properties] must be an object.")
        for member in ("DeletionPolicy", "UpdateReplacePolicy"):
            allowed = ("Delete", "Retain", "Snapshot", "RetainExceptOnCreate")
            if member in resource and resource[member] not in allowed:
                raise ValidationError(
                    f"Template format error: Unrecognized {member} {resource[member]} for resource {name}"
                )
    if unrecognised := sorted({item["Type"] for item in resources.values() if not known(item["Type"])}):
        raise ValidationError(f"Template format error: Unrecognized resource types: [{', '.join(unrecognised)}]")


def _check_outputs(template: Template) -> None:
    outputs = template.section("Outputs")
    if len(outputs) > _OUTPUT_LIMIT:
        raise ValidationError(
            f"Template format error: Number of outputs, {len(outputs)}, is greater than {_OUTPUT_LIMIT}."
        )
    for name, output in outputs.items():
        if not isinstance(output, dict) or output.get("Value") is None:
            raise ValidationError(
                f"Template format error: Output {name} is malformed. "
                "Every Outputs member must contain a Value object"
            )


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """The logical ids in a resource's ``DependsOn``."""
    value = resource.get("DependsOn", [])
    return [value] if isinstance(value, str) else list(value)


def _check_references(template: Template) -> None:
    resources = template.resources
    names = set(template.parameters) | PSEUDO_PARAMETERS
    conditions = template.section("Conditions")
    _check_conditions(resources, conditions)
    found: list[Reference] = []
    missing: list[str] = []
    for resource in resources.values():
        found += references(resource.get("Properties", {}))
        missing += [name for name in depends_on(resource) if name not in resources]
    missing += _unresolved(found, names, resources, conditions)
    if missing:
        raise _unresolved_error(missing, "Resources")
    outputs = list(references(list(template.section("Outputs").values())))
    outputs = [item for item in outputs if not (item.kind == "Condition" and item.name in conditions)]
    if missing := _unresolved(outputs, names, resources, conditions):
        raise _unresolved_error(missing, "Outputs")
    before = list(references([*conditions.values(), *template.section("Rules").values()]))
    if missing := [item.name for item in before if item.kind == "Ref" and item.name not in names]:
        raise ValidationError(
            f"Template format error: Unresolved dependencies [{', '.join(dict.fromkeys(missing))}]. "
            "Cannot reference resources in the Conditions block of the template"
        )


def _check_conditions(resources: Mapping[str, Any], conditions: Mapping[str, Any]) -> None:
    for resource in resources.values():
        name = resource.get("Condition")
        if name is not None and name not in conditions:
            raise ValidationError(
                f"Template format error: Unresolved condition dependency {name} "
                "in the Resources block of the template"
            )


def _unresolved(
    found: Iterable[Reference], names: set[str], resources: Mapping[str, Any], conditions: Mapping[str, Any]
) -> list[str]:
    missing = []
    for reference in found:
        if reference.kind == "Condition":
            if reference.name not in conditions:
                raise ValidationError(f"Template format error: Unresolved condition dependency {reference.name}")
        elif reference.kind == "GetAtt":
            if reference.name not in resources:
                raise ValidationError(
                    f"Template error: instance of Fn::GetAtt references undefined resource {reference.name}"
                )
        elif reference.name not in names and reference.name not in resources:
            missing.append(reference.name)
    return missing


def _unresolved_error(missing: Iterable[str], block: str) -> ValidationError:
    names = ", ".join(dict.fromkeys(missing))
    return ValidationError(
        f"Template format error: Unresolved resource dependencies [{names}] in the {block} block of the template"
    )
