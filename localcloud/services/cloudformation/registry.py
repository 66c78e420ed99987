"""The resource types of an account and region."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from uuid import uuid4

from localcloud.services.cloudformation.errors import RegistryError, TypeNotFoundError
from localcloud.services.cloudformation.resources import command_runner_schema

COMMAND_RUNNER = command_runner_schema.TYPE_NAME
CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
WAIT_CONDITION = "AWS::CloudFormation::WaitCondition"
WAIT_HANDLE = "AWS::CloudFormation::WaitConditionHandle"
_OWN = frozenset({CUSTOM_RESOURCE, WAIT_CONDITION, WAIT_HANDLE})
_NOT_IMITATED = frozenset({"AWS::CloudFormation::Stack"})


@dataclass(frozen=True)
class RegisteredType:
    """A private resource type that the account's owner has registered."""

    name: str
    arn: str
    schema: str
    execution_role_arn: str | None = None
    registered: datetime = field(default_factory=lambda: datetime.now(UTC))


class Registry:
    """Knows which types templates may use here.

    The CommandRunner is registered from the start. On AWS the account's owner registers it once per region, with
    the ``register.sh`` of its repository.
    """

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region
        self.types: dict[str, RegisteredType] = {}
        self.registrations: dict[str, RegisteredType] = {}
        self.register(COMMAND_RUNNER, None)

    def register(self, name: str, execution_role_arn: str | None) -> str:
        """Register a type and return the registration's token.

        Raises:
            RegistryError: the local cloud has no handlers for it.

        """
        if name != COMMAND_RUNNER:
            raise RegistryError(
                f"The local cloud cannot run the handlers of {name}: the only private type that it imitates is "
                f"{COMMAND_RUNNER}"
            )
        where = f"{self._region}:{self._account_id}"
        registered = RegisteredType(
            name=name,
            arn=f"arn:aws:cloudformation:{where}:type/resource/{name.replace('::', '-')}",
            schema=json.dumps(command_runner_schema.SCHEMA),
            execution_role_arn=execution_role_arn,
        )
        self.types[name] = registered
        token = str(uuid4())
        self.registrations[token] = registered
        return token

    def deregister(self, name: str) -> None:
        """Forget a type.

        Raises:
            TypeNotFoundError: it is not registered.

        """
        self.find(name)
        del self.types[name]

    def find(self, name_or_arn: str) -> RegisteredType:
        """A registered type by its name or ARN.

        Raises:
            TypeNotFoundError: it is not registered.

        """
        for registered in self.types.values():
            if name_or_arn in (registered.name, registered.arn) or name_or_arn.startswith(f"{registered.arn}/"):
                return registered
        raise TypeNotFoundError(f"The type '{name_or_arn}' cannot be found.")

    def knows(self, name: str) -> bool:
        """Whether a template may use a type."""
        if name in _OWN or name in self.types or name.startswith("Custom::"):
            return True
        return name not in _NOT_IMITATED and name in _types_of_moto()


@cache
def _types_of_moto() -> frozenset[str]:
    from moto.cloudformation.parsing import get_model_map  # noqa: PLC0415 - it loads every service's models

    return frozenset(get_model_map())
