"""CloudFormation's operations on its type registry."""

from typing import Any

from localcloud.responses import ActionResult, EmptyResult, LocalResponse, operations
from localcloud.services.cloudformation import stacks
from localcloud.services.cloudformation.errors import RegistryError, ValidationError
from localcloud.services.cloudformation.pages import page
from localcloud.services.cloudformation.registry import RegisteredType, Registry

_VERSION = "00000001"


@operations("cloudformation")
class RegistryResponses(LocalResponse):
    """Register, describe and list private resource types."""

    def register_type(self) -> ActionResult:
        """RegisterType."""
        if self.params.get("Type", "RESOURCE") != "RESOURCE":
            raise RegistryError("The local cloud registers resource types only")
        token = self._registry.register(self.params["TypeName"], self.params.get("ExecutionRoleArn"))
        return ActionResult({"RegistrationToken": token})

    def describe_type_registration(self) -> ActionResult:
        """DescribeTypeRegistration."""
        token = self.params["RegistrationToken"]
        if token not in self._registry.registrations:
            raise RegistryError(f"No registration with token {token} was found.")
        registered = self._registry.registrations[token]
        return ActionResult(
            {
                "ProgressStatus": "COMPLETE",
                "Description": "Deployment is currently in DEPLOY_STAGE of status COMPLETED",
                "TypeArn": registered.arn,
                "TypeVersionArn": f"{registered.arn}/{_VERSION}",
            }
        )

    def describe_type(self) -> ActionResult:
        """DescribeType."""
        registered = self._registry.find(self._wanted())
        return ActionResult(
            {
                "Arn": f"{registered.arn}/{_VERSION}",
                "Type": "RESOURCE",
                "TypeName": registered.name,
                "DefaultVersionId": _VERSION,
                "IsDefaultVersion": True,
                "Schema": registered.schema,
                "ProvisioningType": "IMMUTABLE",
                "DeprecatedStatus": "LIVE",
                "Visibility": "PRIVATE",
                "ExecutionRoleArn": registered.execution_role_arn,
                "LastUpdated": registered.registered,
                "TimeCreated": registered.registered,
            }
        )

    def list_types(self) -> ActionResult:
        """ListTypes: the private ones."""
        every = [] if self.params.get("Visibility") == "PUBLIC" else list(self._registry.types.values())
        found, token = page(every, self.params.get("NextToken"))
        return ActionResult({"TypeSummaries": [_summary(item) for item in found], "NextToken": token})

    def deregister_type(self) -> ActionResult:
        """DeregisterType."""
        self._registry.deregister(self._wanted())
        return EmptyResult()

    @property
    def _registry(self) -> Registry:
        return stacks.of(self.cloud, self.current_account, self.region).registry

    def _wanted(self) -> str:
        wanted = self.params.get("Arn") or self.params.get("TypeName")
        if not wanted:
            raise ValidationError("Either the type's name or its ARN must be specified")
        return str(wanted)


def _summary(item: RegisteredType) -> dict[str, Any]:
    return {
        "Type": "RESOURCE",
        "TypeName": item.name,
        "DefaultVersionId": _VERSION,
        "TypeArn": item.arn,
        "LastUpdated": item.registered,
    }
