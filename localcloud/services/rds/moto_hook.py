"""Lets clusters and instances be described as they were made: moto invents one attribute and forgets two."""

from typing import Any

from moto.rds.models import DBCluster
from moto.rds.responses import RDSResponse

#: Replaced in moto: checked when the local cloud starts, since a new moto may have renamed it.
_PROPERTY = "scaling_configuration_info"
_ORIGINAL = RDSResponse.create_db_instance
_INSIGHTS = {
    "EnablePerformanceInsights": "performance_insights_enabled",
    "PerformanceInsightsKMSKeyId": "performance_insights_kms_key_id",
}


def install() -> None:
    """Begin now; raises AttributeError for an unknown moto."""
    original: property = getattr(DBCluster, _PROPERTY)

    def scaling_configuration_info(cluster: Any) -> Any:
        """What belongs to Aurora Serverless v1, for clusters of that kind only."""
        return original.fget(cluster) if cluster.scaling_configuration and original.fget else None

    def create_db_instance(response: Any) -> Any:
        """Create an instance and keep whether Performance Insights watch it."""
        # The parameters answer to both spellings of a name, which a copy of them would not.
        given = {attribute: response.params.get(parameter) for parameter, attribute in _INSIGHTS.items()}
        answer = _ORIGINAL(response)
        instance = answer.result["DBInstance"]
        for attribute, value in given.items():
            if value is not None:
                setattr(instance, attribute, value)
        return answer

    setattr(DBCluster, _PROPERTY, property(scaling_configuration_info))
    setattr(RDSResponse, "create_db_instance", create_db_instance)  # noqa: B010 - mypy refuses an assignment
