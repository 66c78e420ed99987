"""Lets a network be described as it was made (moto forgets two of its attributes), and stay while it is in use."""

from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.responses.vpcs import VPCs
from moto.efs.models import efs_backends

#: Replaced in moto: checked when the local cloud starts, since a new moto may have renamed them.
_PEERS = ("ip_range", "source_group", "prefix_list_id")
_RULE = SecurityGroupRule.__init__
_CREATE = VPCs.create_vpc_endpoint
_DELETE = SubnetBackend.delete_subnet


def install() -> None:
    """Begin now; raises AttributeError for an unknown moto."""
    if missing := [name for name in _PEERS if name not in _RULE.__code__.co_varnames]:
        raise AttributeError(
            f"moto's SecurityGroupRule has no {', '.join(missing)}: this version of moto is not supported"
        )

    def begin(rule: Any, *args: Any, **kwargs: Any) -> None:
        _RULE(rule, *args, **kwargs)
        given = dict(zip(_RULE.__code__.co_varnames[1:], args, strict=False)) | kwargs
        # A network, a group or a prefix list: whichever it is carries the description.
        peers = [given.get(name) or {} for name in _PEERS]
        described = next((peer for peer in peers if peer.get("Description")), None)
        rule.described = described if described is not None else rule.ip_range

    def create_vpc_endpoint(response: VPCs) -> Any:
        """Create an endpoint and keep the region of its service, which may be another one."""
        answer: Any = _CREATE(response)
        answer.result["VpcEndpoint"].service_region = response._get_param("ServiceRegion") or response.region
        return answer

    def delete_subnet(backend: Any, subnet_id: str) -> Any:
        """Delete a subnet that no file system is mounted in."""
        mounted = efs_backends[backend.account_id][backend.region_name].mount_targets_by_id.values()
        if any(target.subnet_id == subnet_id for target in mounted):
            raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
        return _DELETE(backend, subnet_id)

    setattr(SubnetBackend, "delete_subnet", delete_subnet)  # noqa: B010
    setattr(SecurityGroupRule, "__init__", begin)  # noqa: B010 - an assignment is what mypy refuses here
    setattr(SecurityGroupRule, "description", property(lambda rule: rule.described.get("Description")))  # noqa: B010
    setattr(VPCs, "create_vpc_endpoint", create_vpc_endpoint)  # noqa: B010
