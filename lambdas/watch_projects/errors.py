"""Everything that can go wrong, as one tree.

    WatchError
    ├── RequestInvalid     the event is not one that this function knows
    ├── UsageUnknown       which projects exist cannot be known
    ├── BuildsUnavailable  no plan could be started, or the builds cannot be read
    └── DestroyRefused     package 1 must not be destroyed now
        ├── ProjectsExist
        ├── StillProtected
        └── HistoryLeft

A message is written for the person who reads it in Terraform's output.
"""


class WatchError(Exception):
    """Base of every failure that this function reports."""


class RequestInvalid(WatchError):
    """The event is not one that this function knows."""


class UsageUnknown(WatchError):
    """Which projects exist cannot be known. Whoever asked must take it for a yes."""


class BuildsUnavailable(WatchError):
    """CodeBuild starts no plan, or does not say which builds there are."""


class DestroyRefused(WatchError):
    """Package 1 must not be destroyed now."""


class ProjectsExist(DestroyRefused):
    """Projects would lose what they are updated and deleted with."""


class StillProtected(DestroyRefused):
    """``deletion_protection`` is on."""


class HistoryLeft(DestroyRefused):
    """The state bucket holds what Terraform would not delete with it."""
