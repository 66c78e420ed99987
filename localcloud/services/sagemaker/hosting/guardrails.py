"""DeploymentConfig: what UpdateEndpoint refuses of it, and the steps that it asks for.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html and the API's pages of
BlueGreenUpdatePolicy, TrafficRoutingConfig, RollingUpdatePolicy and AutoRollbackConfig.
"""

import math
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from localcloud.policies import role_allows
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.hosting.endpoint import Endpoint
from localcloud.services.sagemaker.hosting.endpoint_config import EndpointConfig
from localcloud.services.sagemaker.hosting.model import Model

_HALF, _TENTH, _TWENTIETH = 50.0, 10.0, 5.0


@dataclass(frozen=True)
class Step:
    """One step of a deployment.

    Attributes:
        share: of the traffic that the new fleet has from then on, 0 to 1.
        wait: how long it bakes, in seconds.
        capacity: ``canary``, ``batch`` or ``full``, as VariantStatus calls it.

    """

    share: float
    wait: int
    capacity: str


@dataclass(frozen=True)
class Plan:
    """How a deployment goes.

    Attributes:
        steps: in turn; the last has the whole traffic.
        termination_wait: how long the old fleet stays after that, in seconds.
        alarms: names of the alarms of which none may fire.

    """

    steps: tuple[Step, ...]
    termination_wait: int = 0
    alarms: tuple[str, ...] = ()


def plan(config: dict[str, Any] | None, instances: int) -> Plan:
    """The steps of a DeploymentConfig; all at once without one.

    Args:
        config: DeploymentConfig.
        instances: how many the new fleet has; percentages of few instances are rounded up to one.

    """
    alarms = tuple(
        item["AlarmName"] for item in ((config or {}).get("AutoRollbackConfiguration") or {}).get("Alarms", [])
    )
    if config is not None and (rolling := config.get("RollingUpdatePolicy")):
        share = _share(rolling["MaximumBatchSize"], instances)
        wait = rolling["WaitIntervalInSeconds"]
        return Plan(_even(share, wait, "batch"), 0, alarms)
    policy = (config or {}).get("BlueGreenUpdatePolicy")
    if not policy:
        return Plan((Step(1.0, 0, "full"),), 0, alarms)
    routing = policy["TrafficRoutingConfiguration"]
    wait, termination = routing["WaitIntervalInSeconds"], policy.get("TerminationWaitInSeconds", 0)
    if routing["Type"] == "CANARY":
        canary = Step(_share(routing["CanarySize"], instances), wait, "canary")
        return Plan((canary, Step(1.0, wait, "full")), termination, alarms)
    if routing["Type"] == "LINEAR":
        share = _share(routing["LinearStepSize"], instances)
        return Plan(_even(share, wait, "linear step"), termination, alarms)
    return Plan((Step(1.0, wait, "full"),), termination, alarms)


def check(
    config: dict[str, Any],
    wanted: EndpointConfig,
    models: dict[str, Model],
    endpoint: Endpoint | None,
    region: str,
) -> None:
    """Check a DeploymentConfig before anything begins.

    Args:
        config: DeploymentConfig.
        wanted: the configuration that is deployed.
        models: its models by name.
        endpoint: the endpoint that is updated; None when it is created.
        region: its region.

    Raises:
        ValidationError: it breaks a rule.

    """
    if "BlueGreenUpdatePolicy" in config and "RollingUpdatePolicy" in config:
        raise ValidationError("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy may be specified.")
    instances = min((item.get("InitialInstanceCount", 1) for item in wanted.variants), default=1)
    if policy := config.get("BlueGreenUpdatePolicy"):
        _check_routing(policy, instances)
    if rolling := config.get("RollingUpdatePolicy"):
        _check_rolling(rolling, wanted, instances)
    for alarm in (config.get("AutoRollbackConfiguration") or {}).get("Alarms", []):
        _check_alarm(alarm["AlarmName"], models, region)
    if endpoint is not None and endpoint.fleet is not None:
        old = set(endpoint.fleet.variants)
        new = {item["VariantName"] for item in wanted.variants}
        if old != new:
            raise ValidationError(
                "The new endpoint configuration must have the same variant names as the old one when a "
                f"DeploymentConfig is specified: {', '.join(sorted(old))} against {', '.join(sorted(new))}."
            )


def _check_routing(policy: dict[str, Any], instances: int) -> None:
    routing = policy["TrafficRoutingConfiguration"]
    kind = routing["Type"]
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    for other, member in sizes.items():
        if member in routing and other != kind:
            raise ValidationError(f"{member} must not be specified for traffic routing of type {kind}.")
        if member not in routing and other == kind:
            raise ValidationError(f"{member} is required for traffic routing of type {kind}.")
    steps = 1
    if kind in sizes:
        lowest = 0.0 if kind == "CANARY" else _TENTH
        percent = _percent(routing[sizes[kind]], instances)
        if not lowest <= percent <= _HALF:
            words = "less than or equal to 50%" if kind == "CANARY" else "10-50%"
            raise ValidationError(f"{sizes[kind]}: value must be {words} of the variant's total instance count.")
        steps = 2 if kind == "CANARY" else math.ceil(100 / percent)
    _check_time(policy, steps * routing["WaitIntervalInSeconds"] + policy.get("TerminationWaitInSeconds", 0))


def _check_rolling(rolling: dict[str, Any], wanted: EndpointConfig, instances: int) -> None:
    if len(wanted.variants) > 1 or any("ServerlessConfig" in item for item in wanted.variants):
        raise ValidationError(
            "Rolling deployments support neither serverless nor multi-variant endpoints: use "
            "BlueGreenUpdatePolicy."
        )
    percent = _percent(rolling["MaximumBatchSize"], instances)
    if not _TWENTIETH <= percent <= _HALF:
        raise ValidationError("MaximumBatchSize: value must be 5-50% of the variant's total instance count.")
    _check_time(rolling, math.ceil(100 / percent) * rolling["WaitIntervalInSeconds"])


def _check_time(policy: dict[str, Any], waiting: int) -> None:
    longest = policy.get("MaximumExecutionTimeoutInSeconds")
    if longest is not None and longest <= waiting:
        raise ValidationError(
            f"MaximumExecutionTimeoutInSeconds ({longest}) should be larger than the total waiting time "
            f"specified in TerminationWaitInSeconds and WaitIntervalInSeconds ({waiting})."
        )


def _check_alarm(name: str, models: dict[str, Model], region: str) -> None:
    """The alarm has to exist, and the execution roles have to be allowed to look at it."""
    for model in models.values():
        account_id = model.role_arn.split(":")[4]
        alarm = cloudwatch_backends[account_id][region].alarms.get(name)
        if alarm is None:
            raise ValidationError(f"Alarm {name} in AutoRollbackConfiguration does not exist.")
        if not role_allows(model.role_arn, "cloudwatch:DescribeAlarms", alarm.alarm_arn):
            raise ValidationError(
                f"The execution role {model.role_arn} has no permission to perform "
                f"cloudwatch:DescribeAlarms on the auto-rollback alarm {alarm.alarm_arn}."
            )


def _even(share: float, wait: int, capacity: str) -> tuple[Step, ...]:
    count = math.ceil(1.0 / share - 1e-9)
    return tuple(
        Step(min(1.0, number * share), wait, capacity if number < count else "full")
        for number in range(1, count + 1)
    )


def _share(size: dict[str, Any], instances: int) -> float:
    """Percentages are of the traffic; instances of all that there are."""
    return min(1.0, _percent(size, instances) / 100)


def _percent(size: dict[str, Any], instances: int) -> float:
    if size["Type"] == "CAPACITY_PERCENT":
        return float(size["Value"])
    return 100.0 * size["Value"] / max(instances, 1)
