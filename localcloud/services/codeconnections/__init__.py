"""CodeConnections (once CodeStar connections): how pipelines reach the git host.

API reference: https://docs.aws.amazon.com/codeconnections/latest/APIReference/. Connecting is a handshake that a
person finishes in the console; here it is ``POST /_localcloud/connections/authorize {"connectionArn": ...}``.
"""

from typing import TYPE_CHECKING

from localcloud.services.codeconnections import control, store

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

DEFAULT_NAME = "github"


def start(cloud: "Cloud") -> None:
    """Make the connection that a platform engineer is taken to have authorized already."""
    connection = store.connections_of(cloud.account_id, cloud.region).create(
        "codeconnections",
        name=DEFAULT_NAME,
        provider="GitHub",
        tags={"sagemaker": "true"},
    )
    connection.status = "AVAILABLE"
    cloud.default_connection_arn = connection.arn
    cloud.routes["connections/authorize"] = control.authorize
