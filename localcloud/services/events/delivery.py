"""Bringing an event to a target: with the target's role, or with what the target allows EventBridge."""

import json
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.awslambda.utils import get_backend
from moto.core.exceptions import JsonRESTError

from localcloud import faults
from localcloud.principals import AccessDeniedError
from localcloud.responses import ServiceException
from localcloud.service_role import ServiceRole
from localcloud.services.codepipeline import engine as pipelines
from localcloud.services.codepipeline.pipelines import pipelines_of
from localcloud.services.codepipeline.records import Trigger
from localcloud.services.events import inputs, permissions
from localcloud.services.lambda_ import functions, invocations
from localcloud.services.lambda_.invocations import EventPolicy, Request
from localcloud.services.ssm import executions as automations

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

log = logging.getLogger(__name__)

_PRINCIPAL = "events.amazonaws.com"


class Delivery:
    """Delivers to the kinds of target that moto does not know."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._faults = faults.of(cloud)
        self._kinds: dict[str, Callable[[dict[str, Any], str, str], None]] = {
            "codepipeline": self._start_pipeline,
            "codebuild": self._start_build,
            "lambda": self._invoke,
            "sns": self._publish,
            "sqs": self._queue,
            "ssm": self._start_automation,
        }

    def handles(self, target: dict[str, Any]) -> bool:
        """Whether a target is of a kind that is delivered here."""
        return target["Arn"].split(":")[2] in self._kinds

    def deliver(self, target: dict[str, Any], rule_arn: str, event: dict[str, Any]) -> None:
        """Bring an event to the target in the background: whoever put it does not wait."""
        fault = self._faults.event(event, rule_arn, target["Arn"])
        kind = fault.kind if fault is not None else None
        if kind == "lose":
            return
        delay = fault.seconds if fault is not None and kind == "delay" else 0.0
        body = inputs.body(target, event)
        if self._cloud.traffic is not None:
            self._cloud.traffic.note(f"event/{rule_arn}", body.encode())
        for _ in range(2 if kind == "duplicate" else 1):
            self._cloud.spawn("event-delivery", self._deliver, target, rule_arn, body, delay)

    def _deliver(self, target: dict[str, Any], rule_arn: str, body: str, delay: float) -> None:
        time.sleep(delay)
        try:
            self._kinds[target["Arn"].split(":")[2]](target, rule_arn, body)
        except (AccessDeniedError, ClientError, JsonRESTError, ServiceException) as error:
            # EventBridge retries for a day and then drops the event; its metric FailedInvocations counts it.
            log.warning("%s could not deliver to %s: %s", rule_arn, target["Arn"], error)

    def _start_pipeline(self, target: dict[str, Any], rule_arn: str, body: str) -> None:
        _, _, _, region, account_id, name = target["Arn"].split(":")
        # Variables and source revisions may come with the target's input; an event itself has neither.
        given = json.loads(body) if target.get("Input") or target.get("InputTransformer") else {}
        overrides = {key: given[key] for key in ("variables", "sourceRevisions") if key in given}
        role = self._allowed(target, rule_arn, "codepipeline:StartPipelineExecution")
        request = {"name": name, **overrides}
        role.record("codepipeline", "StartPipelineExecution", request)
        # CodePipeline knows that a rule has asked, and which (TriggerType in its API reference).
        trigger = Trigger("CloudWatchEvent", rule_arn)
        pipelines.of(self._cloud).request(pipelines_of(account_id, region), request, trigger)

    def _start_build(self, target: dict[str, Any], rule_arn: str, body: str) -> None:
        name = target["Arn"].rsplit("/", 1)[-1]
        overrides = json.loads(body) if target.get("Input") or target.get("InputTransformer") else {}
        self._allowed(target, rule_arn, "codebuild:StartBuild").client("codebuild").start_build(
            projectName=name, **overrides
        )

    def _start_automation(self, target: dict[str, Any], rule_arn: str, _body: str) -> None:
        _, _, _, region, account_id, name = target["Arn"].split(":", 5)
        name = name.removeprefix("automation-definition/").split(":", 1)[0]
        role = self._allowed(target, rule_arn, "ssm:StartAutomationExecution")
        document = automations.document_of(name, account_id, region)
        # Whoever starts an automation hands its role to Systems Manager.
        if not role.allows("iam:PassRole", document.get("assumeRole", "*")):
            raise AccessDeniedError(role.denial("iam:PassRole", document.get("assumeRole", "*")))
        role.record("ssm", "StartAutomationExecution", {"DocumentName": name})
        automations.of(self._cloud).start(name, account_id, region, role.session_arn)

    def _publish(self, target: dict[str, Any], rule_arn: str, body: str) -> None:
        if self._refused(target, rule_arn):
            return
        self._cloud.client("sns", region=target["Arn"].split(":")[3]).publish(TopicArn=target["Arn"], Message=body)

    def _queue(self, target: dict[str, Any], rule_arn: str, body: str) -> None:
        if self._refused(target, rule_arn):
            return
        *_, region, _, name = target["Arn"].split(":")
        client = self._cloud.client("sqs", region=region)
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody=body, **(target.get("SqsParameters") or {}))

    @staticmethod
    def _refused(target: dict[str, Any], rule_arn: str) -> bool:
        reason = permissions.refusal(target["Arn"], rule_arn)
        if reason is not None:
            log.warning("%s could not deliver to %s: %s", rule_arn, target["Arn"], reason)
        return reason is not None

    def _invoke(self, target: dict[str, Any], rule_arn: str, body: str) -> None:
        _, _, _, region, account_id, _, name, *qualifier = target["Arn"].split(":")
        found = get_backend(account_id, region).get_function(name, qualifier[0] if qualifier else None)
        if not any(_permits(statement, rule_arn) for statement in found.policy.statements):
            log.warning(
                "%s may not invoke %s: the function's policy does not name %s (lambda add-permission)",
                rule_arn,
                target["Arn"],
                _PRINCIPAL,
            )
            return
        runner = invocations.of(self._cloud)
        runner.enqueue(functions.read(found), Request(body.encode()), EventPolicy())

    def _allowed(self, target: dict[str, Any], rule_arn: str, action: str) -> ServiceRole:
        """The target's role, if it may do what the target asks for."""
        role = self._role(target, rule_arn)
        if not role.allows(action, target["Arn"]):
            raise AccessDeniedError(role.denial(action, target["Arn"]))
        return role

    def _role(self, target: dict[str, Any], rule_arn: str) -> ServiceRole:
        role_arn = target.get("RoleArn")
        if not role_arn:
            raise AccessDeniedError(f"the target {target['Arn']} has no RoleArn")
        region = target["Arn"].split(":")[3]
        return ServiceRole(
            self._cloud,
            role_arn,
            service=_PRINCIPAL,
            session_name="events",
            region=region,
            source_arn=rule_arn,
        )


def _permits(statement: dict[str, Any], rule_arn: str) -> bool:
    principal = statement.get("Principal")
    service = principal.get("Service") if isinstance(principal, dict) else principal
    if service not in (_PRINCIPAL, "*"):
        return False
    condition = statement.get("Condition", {})
    source = (condition.get("ArnLike") or condition.get("ArnEquals") or {}).get("AWS:SourceArn")
    return source is None or source == rule_arn or (source.endswith("*") and rule_arn.startswith(source[:-1]))
