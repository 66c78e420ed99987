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
    return {
        kind: mine
        for kind, names in inventory(launch.platform.engineer, launch).items()
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
        "log groups": [group["logGroupName"] for group in aws("logs", "describe-log-groups")["logGroups"]],
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
