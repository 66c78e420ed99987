"""The EC2 instance on which a command seems to run: an instance of moto's that lives as long as the command.

Everything is asked for through the API, with the identity of the type's handlers, so that it is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from werkzeug.exceptions import HTTPException

from localcloud.cloud import Cloud
from localcloud.principals import Credentials
from localcloud.services.ec2 import machines
from localcloud.services.ec2.machines import Identity, Machine
from localcloud.services.ec2.moto_hook import TOKEN

_IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
_GONE = frozenset({"terminated", "stopping", "stopped"})
_LOGICAL_ID = "EC2Instance"
_END_SECONDS = 30.0


@dataclass(frozen=True)
class Network:
    """Where an instance stands; without security group it gets a temporary one."""

    subnet_id: str
    vpc_id: str | None
    security_group_id: str | None


class NoNetworkError(Exception):
    """There is no default VPC."""


@dataclass(frozen=True)
class Instance:
    """An instance and the security group that goes with it, if it has one of its own."""

    machine: Machine
    temporary_group_id: str | None

    @property
    def id(self) -> str:
        """The instance's id."""
        return self.machine.id


class Instances:
    """Instance profiles and instances of one account and region.

    Every method raises botocore's ClientError when the service refuses.
    """

    def __init__(self, cloud: Cloud, account_id: str, region: str, credentials: Credentials | None) -> None:
        self._account_id = account_id
        self._region = region
        self._machines = machines.of(cloud)
        self._ec2 = cloud.client("ec2", credentials, region)
        self._iam = cloud.client("iam", credentials, region)
        self._ssm = cloud.client("ssm", credentials, region)

    def role_of_profile(self, name: str) -> str | None:
        """ARN of the role in an instance profile, or None when the profile is empty."""
        profile = self._iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        return next((str(role["Arn"]) for role in profile["Roles"]), None)

    def default_network(self) -> Network:
        """A subnet of the default VPC.

        Raises:
            NoNetworkError: there is no default VPC.
            IndexError: it has no subnets.

        """
        vpcs = self._ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"]
        if not vpcs:
            raise NoNetworkError
        vpc_id = vpcs[0]["VpcId"]
        subnets = self._ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"]
        return Network(subnets[-1]["SubnetId"], vpc_id, None)

    def network(self, subnet_id: str, security_group_id: str | None) -> Network:
        """The network of a subnet, which is looked up only when a security group has to be made in its VPC.

        Raises:
            IndexError: the subnet does not exist.

        """
        if security_group_id is not None:
            return Network(subnet_id, None, security_group_id)
        subnets = self._ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": [subnet_id]}])["Subnets"]
        return Network(subnet_id, subnets[0]["VpcId"], None)

    def image(self) -> str:
        """The current Amazon Linux 2 image, as Systems Manager's public parameter names it."""
        return str(self._ssm.get_parameter(Name=_IMAGE_PARAMETER, WithDecryption=True)["Parameter"]["Value"])

    def launch(
        self,
        network: Network,
        identity: Callable[[str], Identity],
        *,
        image: str,
        type_name: str,
        user_data: str,
        profile: str | None,
        stack_name: str,
    ) -> Instance:
        """Start an instance; ``identity`` tells by its id who it is."""
        temporary = None
        if network.security_group_id is None:
            temporary = self._ec2.create_security_group(
                GroupName=f"aws-cloudformation-commandrunner-temp-sg-{stack_name}",
                Description="A temporary security group for AWS::CloudFormation::Command",
                VpcId=network.vpc_id,
            )["GroupId"]
        extra: dict[str, Any] = {"IamInstanceProfile": {"Name": profile}} if profile else {}
        try:
            answer = self._ec2.run_instances(
                ImageId=image,
                MinCount=1,
                MaxCount=1,
                ClientToken=f"{TOKEN}{uuid4()}"[:64],
                InstanceType=type_name,
                UserData=user_data,
                SubnetId=network.subnet_id,
                SecurityGroupIds=[network.security_group_id or temporary],
                **extra,
            )
        except ClientError:
            if temporary:
                self._ec2.delete_security_group(GroupId=temporary)
            raise
        instance_id = str(answer["Instances"][0]["InstanceId"])
        machine = self._machines.start(
            self._account_id,
            self._region,
            instance_id,
            identity(instance_id),
            stack_name=stack_name,
            logical_id=_LOGICAL_ID,
        )
        return Instance(machine, temporary)

    def runs(self, instance: Instance) -> bool:
        """Whether an instance has not been stopped or terminated by somebody (one that shuts down ends by itself).

        Looked up in moto directly: it is asked several times a second, and nobody does that on AWS.
        """
        try:
            found = ec2_backends[self._account_id][self._region].get_instance(instance.id)
        except (ServiceException, HTTPException):
            return False
        return found.state not in _GONE

    def terminate(self, instance: Instance) -> None:
        """Terminate an instance and delete its own security group."""
        self._ec2.terminate_instances(InstanceIds=[instance.id])
        instance.machine.gone.wait(_END_SECONDS)
        if instance.temporary_group_id:
            self._ec2.delete_security_group(GroupId=instance.temporary_group_id)

    def store(self, name: str, value: str, key_id: str | None) -> None:
        """Keep an output in Systems Manager."""
        extra = {"KeyId": key_id} if key_id else {}
        self._ssm.put_parameter(Name=name, Value=value, Type="SecureString", **extra)

    def forget(self, name: str) -> None:
        """Remove an output from Systems Manager; one that is gone already is no failure."""
        try:
            self._ssm.delete_parameter(Name=name)
        except self._ssm.exceptions.ParameterNotFound:
            return
