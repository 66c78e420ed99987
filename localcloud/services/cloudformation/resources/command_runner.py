"""``AWSUtility::CloudFormation::CommandRunner``: runs a command on an instance while a stack is created.

Facts from the source of version 2.0.1 of the type: its checks and their order, its messages, that it starts a
nested stack (so that the command is a parameter, 4,096 bytes at most), stores the output in Systems Manager, has
no update handler, and runs nothing on deletion. The nested stack itself does not appear here.
"""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from moto.core.exceptions import ServiceException
from moto.ssm.models import ssm_backends
from werkzeug.exceptions import HTTPException

from localcloud.principals import AccessDeniedError, Credentials
from localcloud.services.cloudformation import parameters
from localcloud.services.cloudformation.errors import ResourceFailedError, ValidationError
from localcloud.services.cloudformation.resources import command, command_runner_schema
from localcloud.services.cloudformation.resources.instance import Instances, Network
from localcloud.services.cloudformation.resources.instance_log import InstanceLog
from localcloud.services.cloudformation.resources.provider import Request, handler_failure
from localcloud.services.cloudformation.stack import Physical

_DEFAULT_TIMEOUT = 600
_LONGEST_TIMEOUT = 43_200
_DEFAULT_TYPE = "t2.medium"
_DEFAULT_LOG_GROUP = "cloudformation-commandrunner-log-group"
_FAILED = (
    "Either the command failed to execute, the value written to /command-output.txt was invalid or the Subnet "
    "specified did not have internet access. The value written to /command-output.txt must be a non-empty single "
    "word value without quotation marks. Check cloud-init.log in the LogGroup specified for more information."
)
_NO_DEFAULT_VPC = "No default VPC found in this region, please specify a subnet using the SubnetId property."
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


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
        instances = Instances(request.account_id, request.region)
        role_arn = _role(instances, properties.get("Role"))
        network = _network(instances, properties)
        _check_nested_parameters(properties)
        identifier = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        request.initiated(identifier)
        output = self._run(request, properties, instances, network, role_arn, identifier)
        _store(request, identifier, output, properties.get("KeyId"))
        return Physical(identifier, {"Output": output, "Id": identifier}.__getitem__)

    def updates_in_place(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Never: the type has no update handler, so any change runs the new command and forgets the old run."""
        return False

    def update(self, request: Request, current: Physical, old: Mapping[str, Any]) -> Physical:  # noqa: ARG002
        """Not possible."""
        raise handler_failure("UPDATE is not supported", "NotUpdatable")

    def delete(self, request: Request, current: Physical) -> None:
        """Forget the stored output. Nothing is run."""
        ssm_backends[request.account_id][request.region].delete_parameter(current.physical_id)

    def _run(
        self,
        request: Request,
        properties: Mapping[str, str],
        instances: Instances,
        network: Network,
        role_arn: str | None,
        identifier: str,
    ) -> str:
        cloud = request.cloud
        nested = f"AWSUtility-CloudFormation-CommandRunner-{identifier}"
        instance_id = instances.launch(
            network,
            type_name=properties.get("InstanceType", _DEFAULT_TYPE),
            user_data=properties["Command"],
            profile=properties.get("Role"),
            tags={
                "aws:cloudformation:stack-name": nested,
                "aws:cloudformation:stack-id": _nested_stack_id(request, nested),
                "aws:cloudformation:logical-id": "EC2Instance",
            },
        )
        try:
            credentials = _credentials(request, role_arn, instance_id)
            log = InstanceLog(
                cloud,
                request.region,
                credentials,
                properties.get("LogGroup", _DEFAULT_LOG_GROUP),
                instance_id,
                cloud.folder("ec2") / f"{instance_id}.log",
            )
            try:
                data = command.execute(
                    command.Run(
                        cloud=cloud,
                        region=request.region,
                        instance_id=instance_id,
                        command=properties["Command"],
                        credentials=credentials,
                        timeout=_timeout(properties),
                        sink=log.write,
                        alive=lambda: instances.runs(instance_id),
                        given_up=lambda: request.given_up,
                    )
                )
            finally:
                log.close()
        finally:
            instances.terminate(instance_id)
        if request.cancelled.is_set():
            raise ResourceFailedError("Resource creation cancelled")
        if data is None or len(data.encode()) > command.SIGNAL_LIMIT or not (output := command.first_word(data)):
            raise handler_failure(_FAILED, "NotStabilized")
        return output


def _role(instances: Instances, profile: str | None) -> str | None:
    if profile is None:
        return None
    try:
        return instances.role_of_profile(profile)
    except LookupError as error:
        raise handler_failure(
            "The Role property specified is not a valid Instance Profile.", "InvalidRequest"
        ) from error


def _network(instances: Instances, properties: Mapping[str, str]) -> Network:
    subnet, group = properties.get("SubnetId"), properties.get("SecurityGroupId")
    if subnet is None and group is not None:
        raise handler_failure(
            "No SubnetId provided, when using SecurityGroupId, property SubnetId is required.", "InvalidRequest"
        )
    if subnet is None:
        try:
            network = instances.default_network()
        except LookupError as error:
            # The handler takes the last of no subnets, which is Java's complaint about an index.
            raise handler_failure("Index -1 out of bounds for length 0", "InternalFailure") from error
        if network is None:
            raise handler_failure(_NO_DEFAULT_VPC, "InvalidRequest")
        return network
    found = instances.network(subnet, group)
    if found is None:
        raise handler_failure(
            f"The subnet ID '{subnet}' does not exist 400 InvalidSubnetID.NotFound Client {uuid4()}",
            "InternalFailure",
        )
    return found


def _check_nested_parameters(properties: Mapping[str, str]) -> None:
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


def _timeout(properties: Mapping[str, str]) -> float:
    return float(properties.get("Timeout", _DEFAULT_TIMEOUT))


def _credentials(request: Request, role_arn: str | None, instance_id: str) -> Credentials | None:
    if role_arn is None:
        return None
    try:
        return request.cloud.principals.assume(role_arn, instance_id, service="ec2.amazonaws.com")
    except AccessDeniedError as error:
        # An instance whose role does not trust EC2 starts, and has no credentials.
        (request.cloud.folder("ec2") / f"{instance_id}.log").write_text(f"localcloud: {error.message}\n")
        return None


def _nested_stack_id(request: Request, name: str) -> str:
    return f"arn:aws:cloudformation:{request.region}:{request.account_id}:stack/{name}/{uuid4()}"


def _store(request: Request, identifier: str, output: str, key_id: str | None) -> None:
    try:
        ssm_backends[request.account_id][request.region].put_parameter(
            name=identifier,
            description="",
            value=output,
            parameter_type="SecureString",
            allowed_pattern="",
            keyid=key_id or "alias/aws/ssm",
            overwrite=False,
            tags=[],
            data_type="text",
            tier=None,
            policies=None,
        )
    except (ServiceException, HTTPException) as error:
        raise handler_failure(_FAILED, "NotStabilized") from error
