"""RDS is moto's: clusters without a database in them. Added is what takes a role away, and what a role gives.

Not imitated: anything of databases themselves. The role that one gets is a call to the local cloud (``control``).
"""

from typing import TYPE_CHECKING

from localcloud.services.rds import control, moto_hook

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:
    """Let clusters be described as they were made."""
    moto_hook.install()
    cloud.routes["rds/role"] = control.database_role(cloud)
