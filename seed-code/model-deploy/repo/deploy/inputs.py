"""What Terraform is given: the variables of ``terraform/``."""

from typing import Any

from deploy.context import Context
from deploy.errors import DeployError

Json = dict[str, Any]


def inputs(context: Context, key: str, generations: dict[str, Json], package: Json) -> Json:
    """The variables for a generation; raises DeployError if the environment lacks one."""
    if context.endpoint_role_arn is None:
        raise DeployError("the variable DEPLOY_ENDPOINT_ROLE_ARN is not set: the role of the endpoint's containers")
    network = {"subnet_ids": list(context.subnet_ids), "security_group_ids": list(context.security_group_ids)}
    baseline = {name: package[name] for name in ("statistics", "constraints", "features")}
    return {
        "environment": {
            "name": context.environment,
            "project_name": context.project_name,
            "project_id": context.project_id,
            "prefix": context.prefix,
            "region": context.region,
            "endpoint_role_arn": context.endpoint_role_arn,
            "data_uri": context.data_uri,
            "kms_key_arn": context.environment_kms_key_arn,
            "topic_arn": context.topic_arn,
            "log_retention_days": context.log_retention_days,
            "target": vars(context.target) if context.target else None,
            "network": network if context.subnet_ids else None,
        },
        "generations": generations,
        "current": key,
        "baseline": baseline if package["statistics"] and package["constraints"] else None,
        "lineage": {**generations[key]["tags"], "deploy:commit": context.commit},
    }
