"""What SageMaker itself says about an environment's endpoints, which a record can only have said once."""

from typing import Any

from botocore.exceptions import ClientError

from deploy import records
from deploy.context import Context
from deploy.deployment import Choice
from deploy.errors import DeployError

KINDS = ("realtime", "serverless", "async")

Json = dict[str, Any]


def check(context: Context, s3: Any, choice: Choice) -> Json:
    """Make sure that the environment runs what was chosen for it; returns what ``live.json`` says.

    Raises:
        DeployError: it runs something else: this execution is not the one to judge that.

    """
    live = records.live(context, s3)
    if live is None:
        raise DeployError(f"nothing is deployed to {context.environment}: python -m deploy apply {context.environment}")
    if live["package"] != choice.package.arn:
        raise DeployError(
            f"{context.environment} runs {live['package']}, and this execution is about {choice.package.arn}: another "
            "execution has deployed, or a test has gone back. Start a new execution instead of repeating a stage."
        )
    same_configuration(context, live["outputs"])
    return live


def same_configuration(context: Context, outputs: Json) -> None:
    """Ask whether the endpoint runs what Terraform says: after a roll-back it is in service too, with the old model."""
    if outputs["endpoint_name"] is None:
        return
    described = describe(context, outputs["endpoint_name"])
    there = described["EndpointConfigName"] == outputs["endpoint_config_name"]
    if described["EndpointStatus"] != "InService" or not there:
        raise DeployError(
            f"{outputs['endpoint_name']} is {described['EndpointStatus']} with {described['EndpointConfigName']}, "
            f"not with {outputs['endpoint_config_name']}"
        )


def generations(context: Context) -> list[str]:
    """Keys of the generations that endpoints run, or were last told to run."""
    found = []
    for kind in KINDS:
        described = _if_there(context, f"{context.prefix}-{kind}")
        if described:
            found.append(described["EndpointConfigName"].removeprefix(f"{context.prefix}-"))
    return found


def why(context: Context) -> str:
    """What SageMaker says about an endpoint that did not get where it should."""
    for kind in KINDS:
        name = f"{context.prefix}-{kind}"
        reason = _if_there(context, name).get("FailureReason")
        if reason:
            return f" SageMaker says about {name}: {reason}"
    return ""


def describe(context: Context, name: str) -> Json:
    """DescribeEndpoint's answer."""
    described: Json = context.environment_client("sagemaker").describe_endpoint(EndpointName=name)
    return described


def _if_there(context: Context, name: str) -> Json:
    try:
        return describe(context, name)
    except ClientError as error:
        # SageMaker's word for an endpoint that there is not.
        if error.response["Error"]["Code"] == "ValidationException":
            return {}
        raise
