"""A pipeline's parameters and their values."""

import re
from typing import Any

from localcloud.services.sagemaker.pipelines.definition import DefinitionError, Parameter
from localcloud.services.sagemaker.pipelines.form import check_members, json_array, json_object

_TYPES: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Float": (int, float),
    "Boolean": bool,
}
_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,255}")


def read_parameters(items: list[Any]) -> dict[str, Parameter]:
    """Read a definition's parameters.

    Raises:
        DefinitionError: a name or type that is none, a name twice, a default of another type.

    """
    parameters: dict[str, Parameter] = {}
    for item in items:
        json_object(item)
        check_members(item, {"Name", "Type", "DefaultValue", "EnumValues"}, {"Name", "Type"}, "parameter")
        name = item["Name"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DefinitionError(f"Invalid parameter name {name!r}")
        if item["Type"] not in _TYPES:
            raise DefinitionError(f"Unknown type '{item['Type']}' of parameter '{name}'")
        if name in parameters:
            raise DefinitionError(f"Parameter names must be unique. Duplicate parameter name '{name}'")
        parameter = Parameter(name, item["Type"], values=tuple(json_array(item.get("EnumValues", []))))
        default = item.get("DefaultValue")
        if default is not None:
            if isinstance(default, str) != (parameter.type == "String"):
                raise DefinitionError(f"The default value of parameter '{name}' is not of type {parameter.type}")
            default = parameter_value(parameter, default)
        parameters[name] = Parameter(name, parameter.type, default, parameter.values)
    return parameters


def parameter_value(parameter: Parameter, text: Any) -> Any:
    """The value of a parameter from what the API sends (always text) or the definition holds.

    Raises:
        DefinitionError: the text is not of the parameter's type, or not among its values.

    """
    value = _converted(parameter, text) if isinstance(text, str) else text
    expected = _TYPES[parameter.type]
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
