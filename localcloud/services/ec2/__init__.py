"""EC2: moto keeps the instances; one that runs a command is a machine with a life and a metadata service.

What is imitated
    ``pending`` until the command has begun, ``running``, ``shutting-down`` while its processes are asked to end,
    ``terminated``; instance profile and tags; IMDSv2.

What is not
    Delays, start-up of the operating system, and instances that run nothing: moto's are ``running`` at once.
"""

from typing import TYPE_CHECKING

from localcloud.services.ec2 import moto_hook, network_hook

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:  # noqa: ARG001 - every service starts alike
    """Let instances begin as AWS's do, and networks be described as they were made."""
    moto_hook.install()
    network_hook.install()
