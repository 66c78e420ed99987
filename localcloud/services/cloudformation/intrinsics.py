"""Intrinsic functions: from a piece of a template to its value.

Source of the rules: CloudFormation's template reference, "Intrinsic function reference".
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.references import SUBSTITUTION, attribute_of, substitution_of


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE: Final = _NoValue()
"""Stands for ``AWS::NoValue``: the property or list item that has it is left out."""


class Resources(Protocol):
    """What the resources of a stack answer to ``Ref`` and ``Fn::GetAtt``."""

    def ref(self, logical_id: str) -> str:
        """The value of ``Ref``."""
        ...

    def attribute(self, logical_id: str, name: str) -> Any:
        """The value of ``Fn::GetAtt``."""
        ...


class NoResources:
    """For places where resources cannot be referred to (conditions, rules)."""

    def ref(self, logical_id: str) -> str:
        """Refuse."""
        raise ValidationError(f"Template format error: Unresolved dependencies [{logical_id}].")

    def attribute(self, logical_id: str, name: str) -> Any:
        """Refuse."""
        raise ValidationError(f"Template format error: Unresolved dependencies [{logical_id}.{name}].")


@dataclass
class Evaluator:
    """Evaluates pieces of one template.

    Attributes:
        names: values of parameters and pseudo parameters.
        mappings: the template's mappings.
        conditions: the template's conditions, not evaluated yet.
        resources: answers for resources.
        imported: value of an export by its name; None where imports are not possible.

    """

    names: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    resources: Resources = field(default_factory=NoResources)
    imported: Callable[[str], str] | None = None
    _known: dict[str, bool | None] = field(default_factory=dict)

    def value(self, expression: Any) -> Any:
        """The value of an expression, with functions evaluated and ``AWS::NoValue`` left out."""
        if isinstance(expression, list):
            items = (self.value(item) for item in expression)
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(expression, dict):
            return expression
        if len(expression) == 1:
            name, argument = next(iter(expression.items()))
            if name == "Ref":
                return self._ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.condition(argument)
            if name.startswith("Fn::"):
                return self._function(name[4:], argument)
        values = {key: self.value(item) for key, item in expression.items()}
        return {key: item for key, item in values.items() if item is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Whether a condition holds."""
        if name not in self.conditions:
            raise ValidationError(f"Template format error: Unresolved condition dependency {name}")
        if name in self._known:
            known = self._known[name]
            if known is None:
                raise ValidationError(f"Template format error: Circular dependency between conditions: [{name}]")
            return known
        self._known[name] = None
        result = bool(self.value(self.conditions[name]))
        self._known[name] = result
        return result

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.names[name] if name in self.names else self.resources.ref(name)

    def _function(self, name: str, argument: Any) -> Any:
        method = getattr(self, f"_fn_{name.lower()}", None)
        if method is None:
            raise ValidationError(f"Template error: unsupported function Fn::{name}")
        return method(argument)

    def _fn_getatt(self, argument: Any) -> Any:
        resource, attribute = attribute_of(argument)
        return self.resources.attribute(resource, str(self.value(attribute)))

    def _fn_sub(self, argument: Any) -> str:
        text, variables = substitution_of(argument)

        def replacement(literal: str, name: str) -> str:
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return _text(self.value(variables[name]), "Fn::Sub")
            value = self._fn_getatt(name) if "." in name else self._ref(name)
            return _text(value, "Fn::Sub")

        return SUBSTITUTION.sub(lambda match: replacement(match[1], match[2]), text)

    def _fn_join(self, argument: Any) -> str:
        delimiter, items = _pair(argument, "Fn::Join")
        values = self.value(items)
        if not isinstance(delimiter, str) or not isinstance(values, list):
            raise ValidationError(
                "Template error: every Fn::Join object requires two parameters, "
                "(1) a string delimiter and (2) a list of strings to be joined"
            )
        return delimiter.join(_text(item, "Fn::Join") for item in values)

    def _fn_split(self, argument: Any) -> list[str]:
        delimiter, source = _pair(argument, "Fn::Split")
        return _text(self.value(source), "Fn::Split").split(str(delimiter))

    def _fn_select(self, argument: Any) -> Any:
        index, source = _pair(argument, "Fn::Select")
        values = self.value(source)
        try:
            position = int(self.value(index))
        except (TypeError, ValueError) as error:
            raise ValidationError("Template error: Fn::Select requires an integer as its index") from error
        if not isinstance(values, list) or not 0 <= position < len(values):
            raise ValidationError(
                f"Template error: Fn::Select cannot select nonexistent value at index {position}"
            )
        return values[position]

    def _fn_base64(self, argument: Any) -> str:
        return base64.b64encode(_text(self.value(argument), "Fn::Base64").encode()).decode()

    def _fn_findinmap(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            raise ValidationError(
                "Template error: every Fn::FindInMap object requires three parameters, "
                "the map name, map key and the attribute for return value"
            )
        names = [str(self.value(item)) for item in argument]
        found: Any = self.mappings
        for name in names:
            if not isinstance(found, Mapping) or name not in found:
                raise ValidationError(f"Template error: Unable to get mapping for {'::'.join(names)}")
            found = found[name]
        return found

    def _fn_if(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            raise ValidationError("Template error: Fn::If requires a list argument with three elements")
        return self.value(argument[1] if self.condition(argument[0]) else argument[2])

    def _fn_equals(self, argument: Any) -> bool:
        left, right = _pair(argument, "Fn::Equals")
        return _comparable(self.value(left)) == _comparable(self.value(right))

    def _fn_and(self, argument: Any) -> bool:
        return all(bool(self.value(item)) for item in argument)

    def _fn_or(self, argument: Any) -> bool:
        return any(bool(self.value(item)) for item in argument)

    def _fn_not(self, argument: Any) -> bool:
        if not isinstance(argument, list) or len(argument) != 1:
            raise ValidationError("Template error: every Fn::Not object requires one boolean parameter.")
        return not self.value(argument[0])

    def _fn_importvalue(self, argument: Any) -> str:
        if self.imported is None:
            raise ValidationError("Template error: Fn::ImportValue is not possible here")
        return self.imported(str(self.value(argument)))

    def _fn_getazs(self, argument: Any) -> list[str]:
        region = self.value(argument) or self.names["AWS::Region"]
        return [f"{region}{letter}" for letter in "abc"]

    def _fn_tojsonstring(self, argument: Any) -> str:
        return json.dumps(self.value(argument), separators=(",", ":"))

    def _fn_length(self, argument: Any) -> int:
        return len(self.value(argument))


def _pair(argument: Any, function: str) -> tuple[Any, Any]:
    if not isinstance(argument, list) or len(argument) != 2:
        raise ValidationError(f"Template error: every {function} object requires two parameters")
    return argument[0], argument[1]


def _text(value: Any, function: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValidationError(f"Template error: {function} requires strings, not {type(value).__name__}")


def _comparable(value: Any) -> Any:
    return _text(value, "Fn::Equals") if isinstance(value, bool | int | float) else value
