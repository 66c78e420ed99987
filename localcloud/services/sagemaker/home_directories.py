"""What SageMaker makes beside a Studio domain: the users' home directories.

A file system with a mount target in each of the domain's subnets, and two security groups that let NFS through and
name each other (developer guide, "Choose an Amazon VPC"). With a domain that keeps its home directories all
of it stays, and with it the subnets.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from localcloud.services.sagemaker.errors import ValidationError

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_TAG = "ManagedByAmazonSageMakerResource"
_NFS = 2049


class HomeDirectories:
    """Home directories of the domains of a region; SageMaker makes and removes them itself."""

    def __init__(self, cloud: "Cloud", region: str) -> None:
        self._efs = cloud.client("efs", region=region)
        self._ec2 = cloud.client("ec2", region=region)

    def make(self, domain_id: str, domain_arn: str, settings: dict[str, Any]) -> str:
        """Make those of a new domain; the file system's id.

        Raises:
            ValidationError: a subnet is not there.

        """
        try:
            self._ec2.describe_subnets(SubnetIds=settings["SubnetIds"])
        except ClientError as error:
            raise ValidationError(error.response["Error"]["Message"]) from error
        groups = [
            self._ec2.create_security_group(
                GroupName=name, Description="SageMaker home directories", VpcId=settings["VpcId"]
            )["GroupId"]
            for name in _group_names(domain_id)
        ]
        for group, other, allow in zip(
            groups,
            reversed(groups),
            (self._ec2.authorize_security_group_ingress, self._ec2.authorize_security_group_egress),
            strict=True,
        ):
            peer = {"UserIdGroupPairs": [{"GroupId": other}]}
            allow(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": _NFS, "ToPort": _NFS, **peer}])
        encryption = {"KmsKeyId": settings["KmsKeyId"]} if "KmsKeyId" in settings else {}
        made: str = self._efs.create_file_system(
            CreationToken=domain_id, Encrypted=True, Tags=[{"Key": _TAG, "Value": domain_arn}], **encryption
        )["FileSystemId"]
        for subnet in settings["SubnetIds"]:
            self._efs.create_mount_target(FileSystemId=made, SubnetId=subnet, SecurityGroups=groups[:1])
        return made

    def remove(self, domain_id: str, file_system: str) -> None:
        """Remove those of a domain that does not keep them."""
        for target in self._efs.describe_mount_targets(FileSystemId=file_system)["MountTargets"]:
            self._efs.delete_mount_target(MountTargetId=target["MountTargetId"])
        self._efs.delete_file_system(FileSystemId=file_system)
        for group in self._ec2.describe_security_groups(
            Filters=[{"Name": "group-name", "Values": _group_names(domain_id)}]
        )["SecurityGroups"]:
            self._ec2.delete_security_group(GroupId=group["GroupId"])


def _group_names(domain_id: str) -> list[str]:
    return [f"security-group-for-{way}-nfs-{domain_id}" for way in ("inbound", "outbound")]
