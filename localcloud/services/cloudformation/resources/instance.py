"""The EC2 instance on which a command seems to run: an entry in moto's EC2 that lives as long as the command."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.ssm.models import ssm_backends
from werkzeug.exceptions import HTTPException

from localcloud.services.cloudformation.errors import ResourceFailedError

_IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
_GONE = frozenset({"shutting-down", "terminated", "stopping", "stopped"})


@dataclass(frozen=True)
class Network:
    """Where an instance stands."""

    subnet_id: str
    vpc_id: str
    security_group_id: str | None


class Instances:
    """EC2 and instance profiles of one account and region."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region
        self._ec2 = ec2_backends[account_id][region]

    def role_of_profile(self, name: str) -> str | None:
        """ARN of the role in an instance profile.

        Raises:
            LookupError: there is no such instance profile.

        """
        profiles = iam_backends[self._account_id]["aws"].instance_profiles.values()
        for profile in list(profiles):
            if profile.name == name:
                return next((str(role.arn) for role in profile.roles), None)
        raise LookupError(name)

    def default_network(self) -> Network | None:
        """A subnet of the default VPC, or None without default VPC.

        Raises:
            LookupError: the default VPC has no subnets.

        """
        vpc = next((vpc for vpc in list(self._ec2.vpcs.values()) if vpc.is_default), None)
        if vpc is None:
            return None
        subnets = self._subnets(lambda subnet: subnet.vpc_id == vpc.id)
        if not subnets:
            raise LookupError(vpc.id)
        return Network(subnets[-1].id, vpc.id, None)

    def network(self, subnet_id: str, security_group_id: str | None) -> Network | None:
        """The network of a subnet, or None when the subnet does not exist."""
        subnets = self._subnets(lambda subnet: subnet.id == subnet_id)
        return Network(subnet_id, subnets[0].vpc_id, security_group_id) if subnets else None

    def image(self) -> str:
        """The current Amazon Linux 2 image, as Systems Manager's public parameter names it."""
        parameter = ssm_backends[self._account_id][self._region].get_parameter(_IMAGE_PARAMETER)
        if parameter is None:
            raise ResourceFailedError(f"Systems Manager has no parameter {_IMAGE_PARAMETER} in {self._region}")
        return str(parameter.value)

    def launch(
        self, network: Network, *, type_name: str, user_data: str, profile: str | None, tags: Mapping[str, str]
    ) -> str:
        """Add a running instance and return its id.

        Raises:
            ResourceFailedError: EC2 refuses it.

        """
        groups = [network.security_group_id] if network.security_group_id else []
        try:
            reservation = self._ec2.run_instances(
                self.image(),
                1,
                user_data,
                [],
                region_name=self._region,
                instance_type=type_name,
                is_instance_type_default=False,
                subnet_id=network.subnet_id,
                security_group_ids=groups,
                iam_instance_profile_name=profile,
                tags={"instance": dict(tags)},
            )
        except (ServiceException, HTTPException) as error:
            raise ResourceFailedError(str(error)) from error
        return str(reservation.instances[0].id)

    def runs(self, instance_id: str) -> bool:
        """Whether an instance exists and has not been stopped or terminated."""
        try:
            instance = self._ec2.get_instance(instance_id)
        except (ServiceException, HTTPException):
            return False
        return instance.state not in _GONE

    def terminate(self, instance_id: str) -> None:
        """Terminate an instance."""
        self._ec2.terminate_instances([instance_id])

    def _subnets(self, chosen: Any) -> list[Any]:
        every = [subnet for zone in self._ec2.subnets.values() for subnet in zone.values()]
        return [subnet for subnet in every if chosen(subnet)]
