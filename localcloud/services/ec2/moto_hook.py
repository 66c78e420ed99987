"""Lets instances that are going to run something begin as AWS's do: pending, and with IMDSv2 only."""

from typing import Any

from moto.ec2.models.instances import Instance, InstanceState, MetadataOptions

#: Replaced in moto: checked when the local cloud starts, since a new moto may have renamed it.
_STATE = "_state"
_ORIGINAL = Instance.__init__
TOKEN = "localcloud-machine-"  # noqa: S105  # nosec B105 - a prefix
"""How the ClientToken of such an instance begins."""


def install() -> None:
    """Begin now; raises AttributeError for an unknown moto."""
    if _STATE not in _ORIGINAL.__code__.co_names:
        raise AttributeError(f"moto's Instance has no {_STATE}: this version of moto is not supported")

    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        _ORIGINAL(self, *args, **kwargs)
        if str(kwargs.get("client_token")).startswith(TOKEN):
            become(self, "pending", 0)
            self.metadata_options = MetadataOptions({"HttpTokens": "required"})

    setattr(Instance, "__init__", begin)  # noqa: B010 - an assignment is what mypy refuses here


def become(instance: Any, state: str, code: int) -> None:
    """Change an instance's state, for which moto has no other way."""
    setattr(instance, _STATE, InstanceState(state, code))
