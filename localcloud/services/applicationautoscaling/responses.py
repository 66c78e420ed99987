"""Registering targets, which have to exist where they are endpoints' variants, and the targets' tags.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
"""

from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.exceptions import JsonRESTError

from localcloud.responses import ActionResult, EmptyResult, LocalResponse, ServiceError, operations
from localcloud.services.applicationautoscaling.targets import tags_of, targets_of
from localcloud.services.sagemaker.store import store_of


@operations("application-autoscaling")
class TargetResponse(LocalResponse):
    """Scalable targets."""

    @property
    def _backend(self) -> Any:
        return applicationautoscaling_backends[self.current_account][self.region]

    def register_scalable_target(self) -> ActionResult:
        """Register a target, or change it."""
        parameters = self.params
        namespace, resource = parameters["ServiceNamespace"], parameters["ResourceId"]
        if namespace == "sagemaker":
            self._check(resource, parameters.get("MinCapacity"))
        try:
            target = self._backend.register_scalable_target(
                namespace,
                resource,
                parameters["ScalableDimension"],
                min_capacity=parameters.get("MinCapacity"),
                max_capacity=parameters.get("MaxCapacity"),
                role_arn=parameters.get("RoleARN"),
                suspended_state=parameters.get("SuspendedState"),
            )
        except JsonRESTError as error:
            raise ServiceError(error.error_type, error.message) from error
        if given := parameters.get("Tags"):
            tags_of(target).update(given)
        return ActionResult({"ScalableTargetARN": target.arn})

    def deregister_scalable_target(self) -> ActionResult:
        """Remove a target, and with it its policies, their alarms and its scheduled actions."""
        parameters = self.params
        about = (parameters["ServiceNamespace"], parameters["ResourceId"], parameters["ScalableDimension"])
        backend = self._backend
        try:
            backend.deregister_scalable_target(*about)
        except JsonRESTError as error:
            raise ServiceError(error.error_type, error.message) from error
        for policy in list(backend.policies.values()):
            if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == about:
                backend.delete_scaling_policy(policy.policy_name, *about)
        for action in list(backend.scheduled_actions):
            if (action.service_namespace, action.resource_id, action.scalable_dimension) == about:
                backend.scheduled_actions.remove(action)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """List a target's tags."""
        return ActionResult({"Tags": tags_of(self._target())})

    def tag_resource(self) -> ActionResult:
        """Set tags of a target."""
        tags_of(self._target()).update(self.params["Tags"])
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """Remove tags of a target."""
        tags = tags_of(self._target())
        for key in self.params["TagKeys"]:
            tags.pop(key, None)
        return EmptyResult()

    def _target(self) -> Any:
        arn = self.params["ResourceARN"]
        found = next((target for target in targets_of(self._backend) if target.arn == arn), None)
        if found is None:
            raise ServiceError("ResourceNotFoundException", f"The resource doesn't exist: {arn}")
        return found

    def _check(self, resource: str, lowest: int | None) -> None:
        parts = resource.split("/")
        if len(parts) != 4 or (parts[0], parts[2]) != ("endpoint", "variant"):
            raise ServiceError(
                "ValidationException",
                f"Unsupported resource ID {resource}: it must be endpoint/<endpoint>/variant/<variant>",
            )
        endpoint = store_of(self.current_account, self.region).endpoints.get(parts[1])
        fleet = endpoint.fleet if endpoint is not None else None
        variant = fleet.variants.get(parts[3]) if fleet is not None else None
        if fleet is None or variant is None:
            text = f"Could not find endpoint or variant for resource ID {resource}"
            raise ServiceError("ValidationException", text)
        if lowest == 0 and fleet.config.asynchronous is None and variant.serverless is None:
            text = "Minimum capacity must be at least 1: only asynchronous endpoints scale to zero instances"
            raise ServiceError("ValidationException", text)
