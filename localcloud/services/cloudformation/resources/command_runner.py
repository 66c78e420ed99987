"""``AWSUtility::CloudFormation::CommandRunner``: runs a command on an instance while a stack is created.

Facts from the source of version 2.0.1 of the type: its checks and their order, its messages, that it starts a
nested stack (so that the command is a parameter, 4,096 bytes at most), stores the output in Systems Manager, has
no update handler, and runs nothing on deletion. The nested stack itself does not appear here; what it is made of
does. The handlers act as the execution role with which the type was registered, if it was registered with one.
"""

import logging
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from localcloud.principals import AccessDeniedError, Credentials
from localcloud.services.cloudformation import parameters, stacks
from localcloud.services.cloudformation.errors import ResourceFailedError, ValidationError
from localcloud.services.cloudformation.resources import command, command_runner_schema
from localcloud.services.cloudformation.resources.instance import Instance, Instances, Network, NoNetworkError
from localcloud.services.cloudformation.resources.instance_log import InstanceLog
from localcloud.services.cloudformation.resources.provider import Request, handler_failure
from localcloud.services.cloudformation.stack import Physical
from localcloud.services.ec2.machines import Identity

_log = logging.getLogger(__name__)

_DEFAULT_TIMEOUT = 600
_LONGEST_TIMEOUT = 43_200
_DEFAULT_TYPE = "t2.medium"
_DEFAULT_LOG_GROUP = "cloudformation-commandrunner-log-group"
_SERVICE = "resources.cloudformation.amazonaws.com"
_FAILED = (
    "Either the command failed to execute, the value written to /command-output.txt was invalid or the Subnet "
    "specified did not have internet access. The value written to /command-output.txt must be a non-empty single "
    "word value without quotation marks. Check cloud-init.log in the LogGroup specified for more information."
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"

_Properties = Mapping[str, str]


class CommandRunner:
    """The type's handlers."""

    leaves_replaced = True

    def create(self, request: Request) -> Physical:
        """Run the command; the output is attribute ``Output``."""
        violation = command_runner_schema.violation(request.properties)
        if violation:
            raise ResourceFailedError(
                f"Properties validation failed for resource {request.logical_id}: {violation}"
            )
        properties = {name: parameters.scalar(value) for name, value in request.properties.items()}
        instances = _instances(request)
        try:
            image = instances.image()
            role_arn = _role(instances, properties.get("Role"))
            network = _network(instances, properties)
        except ClientError as error:
            raise _refused(error) from error
        _check_nested_parameters(properties)
        identifier = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        request.initiated(identifier)
        output = _Run(request, properties, instances, role_arn, identifier).output(network, image)
        try:
            instances.store(identifier, output, properties.get("KeyId"))
        except ClientError as error:
            raise handler_failure(_FAILED, "NotStabilized") from error
        return Physical(identifier, {"Output": output, "Id": identifier}.__getitem__)

    def updates_in_place(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Never: the type has no update handler, so any change runs the new command and forgets the old run."""
        return False

    def update(self, request: Request, current: Physical, old: Mapping[str, Any]) -> Physical:  # noqa: ARG002
        """Not possible."""
        raise handler_failure("UPDATE is not supported", "NotUpdatable")

    def delete(self, request: Request, current: Physical) -> None:
        """Forget the stored output. Nothing is run."""
        try:
            _instances(request).forget(current.physical_id)
        except ClientError as error:
            raise _refused(error) from error


class _Run:
    """One command on one instance."""

    def __init__(
        self,
        request: Request,
        properties: _Properties,
        instances: Instances,
        role_arn: str | None,
        identifier: str,
    ) -> None:
        self._request = request
        self._properties = properties
        self._instances = instances
        self._role_arn = role_arn
        self._stack_name = f"AWSUtility-CloudFormation-CommandRunner-{identifier}"
        self._credentials: Credentials | None = None
        self._agent: Credentials | None = None
        self._complaint = ""

    def output(self, network: Network, image: str) -> str:
        """Start the instance, run the command, terminate the instance; the command's output.

        Raises:
            ResourceFailedError: there is none, or the instance could not be started.

        """
        try:
            instance = self._instances.launch(
                network,
                self._identity,
                image=image,
                type_name=self._properties.get("InstanceType", _DEFAULT_TYPE),
                user_data=self._properties["Command"],
                profile=self._properties.get("Role"),
                stack_name=self._stack_name,
            )
        except ClientError as error:
            # The nested stack fails and the handler says the same as for every failure there.
            raise handler_failure(_FAILED, "NotStabilized") from error
        try:
            data = self._execute(instance)
        finally:
            self._end(instance)
        if self._request.cancelled.is_set():
            raise ResourceFailedError("Resource creation cancelled")
        if data is None or len(data.encode()) > command.SIGNAL_LIMIT or not (word := command.first_word(data)):
            raise handler_failure(_FAILED, "NotStabilized")
        return word

    def _end(self, instance: Instance) -> None:
        try:
            self._instances.terminate(instance)
        except ClientError as error:
            # The handler deletes the nested stack without waiting: a failure there is not the resource's.
            _log.warning("instance %s of %s: %s", instance.id, self._stack_name, error)

    def _execute(self, instance: Instance) -> str | None:
        request = self._request
        log = InstanceLog(
            request.cloud,
            request.region,
            self._agent,
            group=self._properties.get("LogGroup", _DEFAULT_LOG_GROUP),
            instance_id=instance.id,
        )
        try:
            if self._complaint:
                log.write(self._complaint)
            return command.execute(
                command.Run(
                    cloud=request.cloud,
                    region=request.region,
                    machine=instance.machine,
                    stack=request.stack_name,
                    command=self._properties["Command"],
                    credentials=self._credentials,
                    timeout=float(self._properties.get("Timeout", _DEFAULT_TIMEOUT)),
                    sink=log.write,
                    alive=lambda: self._instances.runs(instance),
                    given_up=lambda: request.given_up,
                )
            )
        finally:
            log.close()

    def _identity(self, instance_id: str) -> Identity:
        """The instance's identity; an instance whose role does not trust EC2 starts without one."""
        if self._role_arn is None:
            return Identity()
        try:
            # The log agent's keys are others than the command's: it goes on when the command is killed.
            self._credentials, self._agent = (
                self._request.cloud.principals.assume(self._role_arn, instance_id, service="ec2.amazonaws.com")
                for _ in range(2)
            )
        except AccessDeniedError as error:
            self._complaint = f"localcloud: {error.message}"
        return Identity(self._role_arn, self._credentials)


def _instances(request: Request) -> Instances:
    """EC2 and the others with the identity of the type's handlers.

    Raises:
        ResourceFailedError: the execution role cannot be assumed.

    """
    registry = stacks.of(request.cloud, request.account_id, request.region).registry
    registered = registry.types.get(command_runner_schema.TYPE_NAME)
    credentials = None
    if registered is not None and registered.execution_role_arn:
        try:
            credentials = request.cloud.principals.assume(
                registered.execution_role_arn,
                "CommandRunner",
                service=_SERVICE,
                source_arn=f"{registered.arn}/{request.stack_id.rsplit('/', 1)[-1]}",
            )
        except AccessDeniedError as error:
            raise handler_failure(error.message, "AccessDenied") from error
    return Instances(request.cloud, request.account_id, request.region, credentials)


def _role(instances: Instances, profile: str | None) -> str | None:
    if profile is None:
        return None
    try:
        return instances.role_of_profile(profile)
    except ClientError as error:
        raise handler_failure(
            "The Role property specified is not a valid Instance Profile.", "InvalidRequest"
        ) from error


def _network(instances: Instances, properties: _Properties) -> Network:
    subnet, group = properties.get("SubnetId"), properties.get("SecurityGroupId")
    if subnet is None and group is not None:
        raise handler_failure(
            "No SubnetId provided, when using SecurityGroupId, property SubnetId is required.", "InvalidRequest"
        )
    try:
        return instances.default_network() if subnet is None else instances.network(subnet, group)
    except NoNetworkError as error:
        raise handler_failure(
            "No default VPC found in this region, please specify a subnet using the SubnetId property.",
            "InvalidRequest",
        ) from error
    except IndexError as error:
        # The handler takes one out of no subnets, which is its language's complaint about an index.
        raise handler_failure("Index: 0, Size: 0", "InternalFailure") from error


def _check_nested_parameters(properties: _Properties) -> None:
    """The properties travel as parameters of the nested stack: CloudFormation's limit on their size applies."""
    for name, value in properties.items():
        try:
            parameters.Parameter(name, {"Type": "String"}).check(value)
        except ValidationError as error:
            raise handler_failure(
                f"{error.message} 400 ValidationError Client {uuid4()}", "InternalFailure"
            ) from error
    timeout = properties.get("Timeout", str(_DEFAULT_TIMEOUT))
    if not timeout.isdecimal() or not 0 <= int(timeout) <= _LONGEST_TIMEOUT:
        # The nested stack's wait condition refuses it, and the handler has one message for every failure there.
        raise handler_failure(_FAILED, "NotStabilized")


def _refused(error: ClientError) -> ResourceFailedError:
    """What the handler makes of a service's refusal."""
    answer = error.response["Error"]
    return handler_failure(f"{answer['Message']} 400 {answer['Code']} Client {uuid4()}", "InternalFailure")
