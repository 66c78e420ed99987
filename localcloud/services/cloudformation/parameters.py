"""A template's parameters: declaration, given values, constraints.

Source of the rules: CloudFormation's template reference, "Parameters", and its quotas.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import regex

from localcloud.services.cloudformation.errors import ValidationError

VALUE_LIMIT = 4_096
"""Bytes of a parameter's value (CloudFormation quotas)."""
COUNT_LIMIT = 200

_PROPERTIES = frozenset(
    {
        "AllowedPattern",
        "AllowedValues",
        "ConstraintDescription",
        "Default",
        "Description",
        "MaxLength",
        "MaxValue",
        "MinLength",
        "MinValue",
        "NoEcho",
        "Type",
    }
)
_SSM = "AWS::SSM::Parameter::Value<"
_MATCH_SECONDS = 2.0


@dataclass(frozen=True)
class Parameter:
    """One declared parameter."""

    name: str
    declaration: Mapping[str, Any]

    @property
    def type(self) -> str:
        """Its type, such as ``String`` or ``AWS::EC2::Subnet::Id``."""
        return str(self.declaration["Type"])

    @property
    def default(self) -> str | None:
        """The default as text, or None."""
        value = self.declaration.get("Default")
        return None if value is None else scalar(value)

    @property
    def no_echo(self) -> bool:
        """Whether the value is hidden in answers."""
        return str(self.declaration.get("NoEcho", "false")).lower() == "true"

    @property
    def description(self) -> str | None:
        """What the person who fills it in reads."""
        return self.declaration.get("Description")

    def check(self, value: str) -> None:
        """Refuse a value that breaks a constraint.

        Raises:
            ValidationError: with the template's ``ConstraintDescription``, when it has one.

        """
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise ValidationError(f"Parameter '{self.name}' must be text (it holds half a character)") from None
        if size > VALUE_LIMIT:
            raise ValidationError(
                f"Parameter '{self.name}' must contain at most {VALUE_LIMIT} bytes (the value has {size})"
            )
        for broken in self._broken(value):
            description = self.declaration.get("ConstraintDescription")
            if description:
                raise ValidationError(f"Parameter {self.name} failed to satisfy constraint: {description}")
            raise ValidationError(f"Parameter '{self.name}' {broken}")

    def typed(self, value: str) -> Any:
        """The value that ``Ref`` gives: a list, a number or the text."""
        if self.type == "CommaDelimitedList" or self.type.startswith("List<"):
            return [item.strip() for item in value.split(",")] if value else []
        if self.type == "Number":
            number = float(value)
            return int(number) if number.is_integer() and "." not in value else number
        return value

    def _broken(self, value: str) -> Iterator[str]:
        declared = self.declaration
        if "AllowedValues" in declared and not self._allowed(value):
            values = ", ".join(scalar(item) for item in declared["AllowedValues"])
            yield f"must be one of AllowedValues: [{values}]"
        if "AllowedPattern" in declared and not _matches(str(declared["AllowedPattern"]), value, self.name):
            yield f"must match pattern {declared['AllowedPattern']}"
        if "MinLength" in declared and len(value) < int(declared["MinLength"]):
            yield f"must contain at least {declared['MinLength']} characters"
        if "MaxLength" in declared and len(value) > int(declared["MaxLength"]):
            yield f"must contain at most {declared['MaxLength']} characters"
        if self.type == "Number":
            yield from self._broken_number(value)

    def _allowed(self, value: str) -> bool:
        allowed = {scalar(item) for item in self.declaration["AllowedValues"]}
        values = [item.strip() for item in value.split(",")] if self.type == "CommaDelimitedList" else [value]
        return all(item in allowed for item in values)

    def _broken_number(self, value: str) -> Iterator[str]:
        try:
            number = float(value)
        except ValueError:
            yield "must be a number"
            return
        if "MinValue" in self.declaration and number < float(self.declaration["MinValue"]):
            yield f"must be a number not less than {self.declaration['MinValue']}"
        if "MaxValue" in self.declaration and number > float(self.declaration["MaxValue"]):
            yield f"must be a number not greater than {self.declaration['MaxValue']}"


def declared(section: Any) -> dict[str, Parameter]:
    """The parameters of a template's ``Parameters`` section.

    Raises:
        ValidationError: a declaration is malformed.

    """
    section = {} if section is None else section
    if not isinstance(section, dict):
        raise ValidationError("Template format error: Parameters must be an object.")
    if len(section) > COUNT_LIMIT:
        raise ValidationError(
            f"Template format error: Number of parameters, {len(section)}, is greater than {COUNT_LIMIT}."
        )
    for name, declaration in section.items():
        if not isinstance(declaration, dict) or not isinstance(declaration.get("Type"), str):
            raise ValidationError("Template format error: Every Parameters object must contain a Type member.")
        if not str(name).isalnum():
            raise ValidationError(f"Template format error: Parameter name {name} is non alphanumeric.")
        if unknown := sorted(set(declaration) - _PROPERTIES):
            raise ValidationError(f"Invalid template parameter property '{unknown[0]}'")
        if not _known_type(declaration["Type"]):
            raise ValidationError(f"Template format error: Unrecognized parameter type: {declaration['Type']}")
        if isinstance(declaration.get("Default"), dict | list):
            raise ValidationError("Template format error: Every Default member must be a string.")
    return {name: Parameter(name, declaration) for name, declaration in section.items()}


def resolve(parameters: Mapping[str, Parameter], given: Mapping[str, str]) -> dict[str, str]:
    """Text values of all parameters: given ones and defaults, checked.

    Raises:
        ValidationError: unknown, missing or refused values.

    """
    if unknown := [name for name in given if name not in parameters]:
        raise ValidationError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values: dict[str, str] = {}
    missing = []
    for name, parameter in parameters.items():
        value = given.get(name, parameter.default)
        if value is None:
            missing.append(name)
        else:
            values[name] = value
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        parameters[name].check(value)
    return values


def typed(
    parameters: Mapping[str, Parameter], values: Mapping[str, str], stored: Callable[[str], str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values for ``Ref``, and those that were read from Systems Manager's parameters.

    Args:
        parameters: the declarations.
        values: text values of all parameters.
        stored: the value of a parameter in Systems Manager by its name.

    """
    result: dict[str, Any] = {}
    read: dict[str, str] = {}
    for name, value in values.items():
        parameter = parameters[name]
        if parameter.type.startswith(_SSM):
            read[name] = stored(value)
            inner = Parameter(name, {"Type": parameter.type.removeprefix(_SSM).removesuffix(">")})
            result[name] = inner.typed(read[name])
        else:
            result[name] = parameter.typed(value)
    return result, read


def scalar(value: Any) -> str:
    """A scalar of a template as text (YAML's booleans become ``true`` and ``false``)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _known_type(name: str) -> bool:
    return name in ("String", "Number", "CommaDelimitedList", "List<Number>", "List<String>") or (
        name.startswith(("AWS::", "List<AWS::"))
    )


def _matches(pattern: str, value: str, name: str) -> bool:
    try:
        # Java's patterns: the whole value has to match. The time is bounded, for the pattern is the user's.
        return regex.compile(pattern).fullmatch(value, timeout=_MATCH_SECONDS) is not None
    except regex.error as error:
        raise ValidationError(
            f"Parameter '{name}' has an AllowedPattern that is not a regular expression: {error}"
        ) from error
    except TimeoutError as error:
        raise ValidationError(
            f"Parameter '{name}' has an AllowedPattern that takes too long to evaluate"
        ) from error
