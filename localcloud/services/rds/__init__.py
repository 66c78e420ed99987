"""RDS is moto's: clusters without a database in them. Added is what takes a role away again."""

from typing import TYPE_CHECKING

from localcloud.services.rds import moto_hook

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(_cloud: "Cloud") -> None:
    """Let clusters be described as they were made."""
    moto_hook.install()
