"""What goes wrong in words for the person who reads the build's log."""

from botocore.exceptions import BotoCoreError, ClientError


class DeployError(Exception):
    """A deployment cannot go on; the message says why, and what to do."""


class NothingApprovedError(DeployError):
    """No version of the group is approved, so there is nothing to deploy yet."""


# What can go wrong while something is asked of AWS or deployed: each is told, and none hides the one before it.
FAULTS = (DeployError, BotoCoreError, ClientError)
