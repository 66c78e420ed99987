"""What an operation does to one resource: evaluate, call the provider, report."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException

from localcloud.cloud import Cloud
from localcloud.services.cloudformation.errors import ResourceFailedError, ValidationError
from localcloud.services.cloudformation.intrinsics import Evaluator
from localcloud.services.cloudformation.plan import Plan, Planned
from localcloud.services.cloudformation.resources.provider import Request, handler_failure
from localcloud.services.cloudformation.resources.providers import provider
from localcloud.services.cloudformation.stack import Physical, Stack, StackResource, Values
from localcloud.services.cloudformation.stacks import Stacks

_log = logging.getLogger(__name__)
_PROPERTIES_LIMIT = 4_000


class StackResources:
    """Answers ``Ref`` and ``Fn::GetAtt`` from a stack's present resources."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def ref(self, logical_id: str) -> str:
        """The resource's ``Ref``."""
        physical = self._physical(logical_id)
        return physical.ref if physical.ref is not None else physical.physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        """One of the resource's attributes."""
        try:
            return self._physical(logical_id).attribute(name)
        except KeyError as error:
            raise ValidationError(
                f"Template error: resource {logical_id} does not support attribute type {name} in Fn::GetAtt"
            ) from error

    def _physical(self, logical_id: str) -> Physical:
        resource = self._stack.resources.get(logical_id)
        if resource is None or resource.physical is None:
            raise ValidationError(f"Template error: resource {logical_id} does not exist")
        return resource.physical


class Acting:
    """One operation on one stack: the plan it follows and the identity it has."""

    def __init__(self, cloud: Cloud, stacks: Stacks, stack: Stack, values: Values, plan: Plan) -> None:
        self.cloud = cloud
        self.stacks = stacks
        self.stack = stack
        self.values = values
        self.plan = plan

    def evaluator(self) -> Evaluator:
        """Evaluates values with the stack's present resources."""
        return Evaluator(
            self.plan.names,
            self.plan.mappings,
            resources=StackResources(self.stack),
            imported=self.stacks.imported,
        )

    def properties(self, planned: Planned) -> dict[str, Any]:
        """A resource's properties, evaluated.

        Raises:
            ResourceFailedError: something in them cannot be evaluated.

        """
        try:
            value = self.evaluator().value(planned.properties)
        except ServiceException as error:
            raise ResourceFailedError(error.message) from error
        return dict(value)

    def request(
        self, resource: StackResource, properties: Mapping[str, Any], *, deleting: bool = False
    ) -> Request:
        """The request for a resource's provider."""
        planned = resource.planned
        stack = self.stack

        def initiated(physical_id: str) -> None:
            if not deleting:
                stack.report(
                    resource,
                    resource.status,
                    "Resource creation Initiated",
                    physical_id=physical_id,
                    properties=_written(properties),
                )

        return Request(
            cloud=self.cloud,
            account_id=stack.account_id,
            region=stack.region,
            credentials=stack.credentials,
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_id=planned.logical_id,
            type=planned.type,
            properties=properties,
            tags={
                **self.values.tags,
                "aws:cloudformation:stack-name": stack.name,
                "aws:cloudformation:stack-id": stack.stack_id,
                "aws:cloudformation:logical-id": planned.logical_id,
            },
            cancelled=stack.cancelled,
            initiated=initiated,
        )

    def create(self, resource: StackResource, properties: Mapping[str, Any]) -> None:
        """Create a resource; ``resource`` knows afterwards what exists, even when this fails.

        Raises:
            ResourceFailedError: with the reason.

        """
        resource.properties = properties
        try:
            resource.physical = provider(resource.planned.type).create(self.request(resource, properties))
        except ResourceFailedError as error:
            if error.physical_id is not None:
                resource.physical = Physical(error.physical_id, _no_attribute)
            raise
        except Exception as error:  # a fault of ours must end as a failed resource, not as a stack that hangs
            raise _fault(error, resource) from error

    def update(self, resource: StackResource, properties: Mapping[str, Any], *, noted: bool = False) -> Physical:
        """Update a resource in place and return what exists afterwards.

        Args:
            resource: the resource as it is.
            properties: what it shall have.
            noted: whether ``resource`` has these properties from now on, even when this fails: a rollback goes
                back from them.

        Raises:
            ResourceFailedError: with the reason.

        """
        if resource.physical is None:
            raise ResourceFailedError(f"Resource {resource.planned.logical_id} does not exist")
        old = resource.properties
        if noted:
            resource.properties = properties
        try:
            return provider(resource.planned.type).update(
                self.request(resource, properties), resource.physical, old
            )
        except ResourceFailedError as error:
            if error.untouched:
                resource.properties = old
            raise
        except Exception as error:  # see create
            raise _fault(error, resource) from error

    def delete(self, resource: StackResource) -> bool:
        """Delete a resource, with events; returns whether it succeeded."""
        if resource.physical is None:
            return True
        self.stack.report(resource, "DELETE_IN_PROGRESS")
        try:
            provider(resource.planned.type).delete(
                self.request(resource, resource.properties, deleting=True), resource.physical
            )
        except ResourceFailedError as error:
            self.stack.report(resource, "DELETE_FAILED", str(error))
            return False
        except Exception as error:  # noqa: BLE001 - see create
            self.stack.report(resource, "DELETE_FAILED", str(_fault(error, resource)))
            return False
        self.stack.report(resource, "DELETE_COMPLETE")
        return True

    def outputs(self) -> list[dict[str, str]]:
        """The stack's outputs.

        Raises:
            ValidationError: one cannot be evaluated.

        """
        evaluator = self.evaluator()
        written = []
        for name, output in self.plan.outputs.items():
            entry = {"OutputKey": name, "OutputValue": str(evaluator.value(output["Value"]))}
            if output.get("Description"):
                entry["Description"] = str(output["Description"])
            if output.get("Export"):
                entry["ExportName"] = str(evaluator.value(output["Export"]["Name"]))
            written.append(entry)
        return written


def _no_attribute(name: str) -> Any:
    raise KeyError(name)


def _fault(error: Exception, resource: StackResource) -> ResourceFailedError:
    _log.exception("resource %s of type %s", resource.planned.logical_id, resource.planned.type)
    return handler_failure(repr(error), "InternalFailure")


def _written(properties: Mapping[str, Any]) -> str:
    return json.dumps(properties, default=str)[:_PROPERTIES_LIMIT]
