"""What goes wrong in words for the person who reads the build's log."""


class DeployError(Exception):
    """A deployment cannot go on; the message says why, and what to do."""


class NothingApprovedError(DeployError):
    """No version of the group is approved, so there is nothing to deploy yet."""
