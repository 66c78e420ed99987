"""What a deletion has left of a project."""

import json
from urllib.request import ProxyHandler, build_opener

from tests.journey.clients import Aws
from tests.journey.world import Launch, Platform


def everything(platform: Platform) -> set[str]:
    """Names of all that exists, in the stores of all services of the local cloud."""
    opener = build_opener(ProxyHandler({}))
    address = f"{platform.terraform.handout.endpoint}/_localcloud/inventory"
    with opener.open(address, timeout=30) as answer:
        return set(json.load(answer))


def left_of(launch: Launch) -> dict[str, list[str]]:
    """Everything in the account that has the project's id in its name."""
    engineer = launch.platform.engineer
    return _of(launch, inventory(engineer, launch) | hosted(engineer))


def left_in(aws: Aws, launch: Launch) -> dict[str, list[str]]:
    """The same in another account, to which the project deploys."""
    return _of(launch, hosted(aws))


def _of(launch: Launch, everywhere: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        kind: mine
        for kind, names in everywhere.items()
        if (mine := sorted({name for name in names if launch.identifier in name}))
    }


def inventory(aws: Aws, launch: Launch) -> dict[str, list[str]]:
    """Names of everything that projects are made of."""
    locks = aws("dynamodb", "scan", "--table-name", launch.platform.lock_table)["Items"]
    state = aws(
        *("s3api", "list-objects-v2", "--bucket", launch.platform.state_bucket),
        *("--prefix", f"projects/{launch.identifier}/terraform"),
    )
    return {
        "buckets": [bucket["Name"] for bucket in aws("s3api", "list-buckets")["Buckets"]],
        "roles": [role["RoleName"] for role in aws("iam", "list-roles")["Roles"]],
        "policies": [policy["PolicyName"] for policy in aws("iam", "list-policies", "--scope=Local")["Policies"]],
        "functions": [item["FunctionName"] for item in aws("lambda", "list-functions")["Functions"]],
        "builds": aws("codebuild", "list-projects")["projects"],
        "deliveries": [item["name"] for item in aws("codepipeline", "list-pipelines")["pipelines"]],
        "trainings": [item["PipelineName"] for item in aws("sagemaker", "list-pipelines")["PipelineSummaries"]],
        "model groups": [
            item["ModelPackageGroupName"]
            for item in aws("sagemaker", "list-model-package-groups")["ModelPackageGroupSummaryList"]
        ],
        "repositories": [
            item["CodeRepositoryName"]
            for item in aws("sagemaker", "list-code-repositories")["CodeRepositorySummaryList"]
        ],
        "locks": [item["LockID"]["S"] for item in locks],
        "states": [item["Key"] for item in state.get("Contents", [])],
    }


def hosted(aws: Aws) -> dict[str, list[str]]:
    """Names of everything that deployments are made of, and of what they write."""
    sagemaker = {
        kind: (f"list-{kind.replace(' ', '-')}", field, name)
        for kind, field, name in (
            ("endpoints", "Endpoints", "EndpointName"),
            ("endpoint configs", "EndpointConfigs", "EndpointConfigName"),
            ("models", "Models", "ModelName"),
            ("monitoring schedules", "MonitoringScheduleSummaries", "MonitoringScheduleName"),
            ("data quality job definitions", "JobDefinitionSummaries", "MonitoringJobDefinitionName"),
        )
    }
    listed = {
        kind: [item[name] for item in aws("sagemaker", operation)[field]]
        for kind, (operation, field, name) in sagemaker.items()
    }
    scaling = ("--service-namespace", "sagemaker")
    return listed | {
        "alarms": [alarm["AlarmName"] for alarm in aws("cloudwatch", "describe-alarms")["MetricAlarms"]],
        "dashboards": [
            entry["DashboardName"] for entry in aws("cloudwatch", "list-dashboards")["DashboardEntries"]
        ],
        "scalable targets": [
            target["ResourceId"]
            for target in aws("application-autoscaling", "describe-scalable-targets", *scaling)["ScalableTargets"]
        ],
        "scaling policies": [
            policy["ResourceId"]
            for policy in aws("application-autoscaling", "describe-scaling-policies", *scaling)["ScalingPolicies"]
        ],
        "log groups": [group["logGroupName"] for group in aws("logs", "describe-log-groups")["logGroups"]],
        "rules": [rule["Name"] for rule in aws("events", "list-rules")["Rules"]],
        "topics": [topic["TopicArn"] for topic in aws("sns", "list-topics")["Topics"]],
    }
