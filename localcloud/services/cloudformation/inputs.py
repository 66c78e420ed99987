"""From what a request brings to the values of a stack, with the caller's identity."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError, Credentials, Principal
from localcloud.services.cloudformation import parameters
from localcloud.services.cloudformation.errors import InsufficientCapabilitiesError, ValidationError
from localcloud.services.cloudformation.stack import Stack, Values
from localcloud.services.cloudformation.template import Template

_SERVICE = "cloudformation.amazonaws.com"
_ROLE_SESSION = "AWSCloudFormation"
_SERVICE_CATALOG_SESSION = "servicecatalog"


def forwarded(caller: Principal) -> Credentials:
    """The caller's own identity, for what a service does in its name."""
    return Credentials(caller.access_key_id, "forwarded", "", role_arn=caller.role_arn or "")


class Inputs:
    """Values, tags and identities of requests of one caller."""

    def __init__(self, cloud: Cloud, caller: Principal, account_id: str, region: str) -> None:
        self._cloud = cloud
        self._caller = caller
        self._account_id = account_id
        self._region = region

    def identity(self, role_arn: str | None) -> Credentials:
        """Credentials of the service role, or the caller's own forwarded.

        Raises:
            ValidationError: CloudFormation cannot assume the role.

        """
        if role_arn is None:
            return forwarded(self._caller)
        try:
            return self._cloud.principals.assume(role_arn, _ROLE_SESSION, service=_SERVICE)
        except AccessDeniedError as error:
            raise ValidationError(f"Role {role_arn} is invalid or cannot be assumed") from error

    def values(
        self, template: Template, given: Mapping[str, str], tags: Mapping[str, str], own: Mapping[str, Any]
    ) -> Values:
        """The values with which a template is evaluated.

        Args:
            template: the template.
            given: parameter values.
            tags: the stack's tags.
            own: the stack's own pseudo parameters (id, name, notification ARNs).

        Raises:
            ValidationError: a value is unknown, missing or refused by its constraint.

        """
        resolved = parameters.resolve(template.parameters, given)
        typed, read = parameters.typed(template.parameters, resolved, self._stored)
        names: dict[str, Any] = {
            **typed,
            **own,
            "AWS::AccountId": self._account_id,
            "AWS::Partition": "aws",
            "AWS::Region": self._region,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return Values(template, resolved, names, read, dict(tags))

    def refuse_reserved(self, tags: Mapping[str, str]) -> None:
        """Refuse tags of AWS's own.

        Raises:
            ValidationError: there is one, and the caller is not Service Catalog.

        """
        reserved = [key for key in tags if key.lower().startswith("aws:")]
        # Service Catalog may give such tags; the name of its session with the launch role tells it apart.
        if reserved and self._caller.session_name != _SERVICE_CATALOG_SESSION:
            raise ValidationError(f"aws: prefixed tag key names are not allowed for external use. ({reserved[0]})")

    def _stored(self, name: str) -> str:
        client = self._cloud.client("ssm", self.identity(None), self._region)
        try:
            return str(client.get_parameter(Name=name)["Parameter"]["Value"])
        except ClientError as error:
            raise ValidationError(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error


def acknowledged(template: Template, capabilities: list[str]) -> None:
    """Refuse a template with IAM resources unless the request acknowledges them.

    Raises:
        InsufficientCapabilitiesError: it does not.

    """
    for needed in template.capabilities:
        if not {needed, "CAPABILITY_NAMED_IAM"} & set(capabilities):
            raise InsufficientCapabilitiesError(f"Requires capabilities : [{needed}]")


def with_previous(wanted: Mapping[str, str | None], stack: Stack) -> dict[str, str]:
    """Given values; None stands for the value that the stack has.

    Raises:
        ValidationError: the stack has none.

    """
    given: dict[str, str] = {}
    for name, value in wanted.items():
        if value is not None:
            given[name] = value
        elif name in stack.values.given:
            given[name] = stack.values.given[name]
        else:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                "key not in the previous template"
            )
    return given


def same(old: Values, new: Values) -> bool:
    """Whether nothing differs that an update could act upon."""
    return (
        old.template.data == new.template.data
        and dict(old.given) == dict(new.given)
        and dict(old.resolved) == dict(new.resolved)
        and dict(old.tags) == dict(new.tags)
    )
