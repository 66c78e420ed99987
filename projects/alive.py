"""Projects that still have resources in their state.

``make destroy`` asks first: without the launch role, the runner role and the key, what projects own could neither
be deleted nor decrypted.
"""

from projects.platform import Platform, workers
from projects.records import Records

_STATE = "/terraform.tfstate"


def alive(platform: Platform) -> dict[str, int]:
    """Projects whose state holds resources, with their number.

    Raises:
        ClientError: the bucket or a state cannot be read.
        ValueError: what is at a state's place is no state.

    """
    records = Records(platform)
    ids = [key.split("/")[1] for key in records.keys() if key.endswith(_STATE)]  # noqa: SIM118 - no dictionary
    with workers() as pool:
        counts = dict(zip(ids, pool.map(records.resources, ids), strict=True))
    return {project: count for project, count in counts.items() if count}
