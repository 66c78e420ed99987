"""The form of a definition's JSON: objects, arrays, known and required members."""

from typing import Any

from localcloud.services.sagemaker.pipelines.definition import DefinitionError
from localcloud.services.sagemaker.pipelines.expressions import function_of


def json_object(value: Any) -> dict[str, Any]:
    """The value, which must be an object and no expression.

    Raises:
        DefinitionError: it is not.

    """
    if not isinstance(value, dict) or function_of(value) is not None:
        raise DefinitionError("Expecting start of Json Object.")
    return value


def json_array(value: Any) -> list[Any]:
    """The value, which must be a list.

    Raises:
        DefinitionError: it is not.

    """
    if not isinstance(value, list):
        raise DefinitionError("Expecting start of Json Array.")
    return value


def check_members(value: dict[str, Any], known: set[str], required: set[str], where: str) -> None:
    """Check which members an object has; ``where`` names it in the message.

    Raises:
        DefinitionError: an unknown member, or a required one is missing.

    """
    for name in value:
        if name not in known:
            raise DefinitionError(f"Unknown member '{name}' in {where}")
    for name in sorted(required):
        if value.get(name) is None:
            raise DefinitionError(f"Missing required member '{name}' in {where}")
