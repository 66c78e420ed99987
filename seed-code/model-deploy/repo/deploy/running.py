"""What SageMaker itself says about an environment's endpoints, which a record can only have said once."""

import sys
from collections.abc import Callable
from time import sleep
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deploy import records
from deploy.context import Context
from deploy.deployment import Choice
from deploy.errors import DeployError

KINDS = ("realtime", "serverless", "async")
# While one of these, UpdateEndpoint is refused. Autoscaling sets Updating as well, for minutes.
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
PATIENCE_SECONDS, PAUSE_SECONDS = 600, 10

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
    """Ask whether the endpoint runs what Terraform says: after a roll-back it is in service too, with the old model.

    With the right configuration it may be *Updating*, because autoscaling changes the number of instances: that is
    waited for. Another configuration fails at once.
    """
    name, wanted = outputs["endpoint_name"], outputs["endpoint_config_name"]
    if name is None:
        return
    described = _settled(context, name, lambda found: _configurations(found) == [wanted])
    there = _configurations(described)
    status = described.get("EndpointStatus", "gone")
    if there != [wanted]:
        raise DeployError(f"{name} is {status} with {' and '.join(there) or 'nothing'}, not with {wanted}")
    if status != "InService":
        raise DeployError(f"{name} has {wanted}, but is {status} and not InService")


def ready(context: Context) -> None:
    """Wait until every endpoint may be updated.

    Raises:
        DeployError: an update goes on, perhaps that of a build that was stopped. Were it not waited for, the
            configuration that it ends with would be deleted.

    """
    for kind in KINDS:
        name = f"{context.prefix}-{kind}"
        described = _settled(context, name)
        if described.get("EndpointStatus") in BUSY:
            raise DeployError(
                f"{name} is {described['EndpointStatus']} since before this deployment, with "
                f"{' and '.join(_configurations(described))}. Start a new execution when that has ended."
            )


def generations(context: Context) -> list[str]:
    """Keys of the generations that endpoints run, and of those that they are being brought to."""
    return [
        name.removeprefix(f"{context.prefix}-")
        for kind in KINDS
        for name in _configurations(_if_there(context, f"{context.prefix}-{kind}"))
    ]


def why(context: Context) -> str:
    """What SageMaker says about an endpoint that did not get where it should."""
    for kind in KINDS:
        name = f"{context.prefix}-{kind}"
        try:
            reason = _if_there(context, name).get("FailureReason")
        except (BotoCoreError, ClientError) as error:
            return f" SageMaker could not be asked about {name}: {error}"
        if reason:
            return f" SageMaker says about {name}: {reason}"
    return ""


def _settled(context: Context, name: str, worth_waiting: Callable[[Json], bool] = bool) -> Json:
    """The endpoint when nothing changes it any more, or patience has ended; empty if there is none."""
    for attempt in range(PATIENCE_SECONDS // PAUSE_SECONDS):
        described = _if_there(context, name)
        if described.get("EndpointStatus") not in BUSY or not worth_waiting(described):
            return described
        if not attempt:
            print(f"{name} is {described['EndpointStatus']}: waits for the end of that", file=sys.stderr, flush=True)
        sleep(PAUSE_SECONDS)
    return _if_there(context, name)


def _configurations(described: Json) -> list[str]:
    """Names of the configuration that an endpoint has, and of another one that it is being brought to."""
    pending = described.get("PendingDeploymentSummary") or {}
    names = [described.get("EndpointConfigName"), pending.get("EndpointConfigName")]
    return list(dict.fromkeys(name for name in names if name))


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
