"""The operation that ends instances."""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends

from localcloud.responses import ActionResult, LocalResponse, ServiceError, operations
from localcloud.services.ec2 import machines


@operations("ec2")
class InstanceResponses(LocalResponse):
    """Instances that run something."""

    def terminate_instances(self) -> ActionResult:
        """TerminateInstances: all of them, or none when one is unknown or protected."""
        backend = ec2_backends[self.current_account][self.region]
        try:
            found = backend.get_multi_instances_by_id(self.params["InstanceIds"])
        except ServiceException as error:
            raise ServiceError(error.code, error.message) from error
        for instance in found:
            if instance.disable_api_termination is True:
                raise ServiceError(
                    "OperationNotPermitted",
                    f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' "
                    "instance attribute and try again.",
                )
        if self.params.get("DryRun"):
            raise ServiceError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        return ActionResult({"TerminatingInstances": [self._terminate(instance) for instance in found]})

    def _terminate(self, instance: Any) -> dict[str, Any]:
        machine = machines.of(self.cloud).find(instance.id)
        before = {"Name": instance.state, "Code": instance.state_code}
        if before["Name"] == "terminated":
            return {"InstanceId": instance.id, "CurrentState": before, "PreviousState": before}
        if machine is None:
            instance.terminate()
        else:
            machine.terminate(at_once=bool(self.params.get("SkipOsShutdown")))
        current = {"Name": "shutting-down", "Code": 32}
        return {"InstanceId": instance.id, "CurrentState": current, "PreviousState": before}
