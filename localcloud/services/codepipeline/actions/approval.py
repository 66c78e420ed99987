"""The approval action: a person decides, or the time runs out.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from localcloud.services.codepipeline.actions.context import AbandonedError, ActionContext, ActionFailedError
from localcloud.services.codepipeline.records import Decision

_SEVEN_DAYS_MINUTES = 7 * 24 * 60


def run(context: ActionContext) -> None:
    """Wait for a decision (PutApprovalResult)."""
    record = context.record
    minutes = record.action.get("timeoutInMinutes") or _SEVEN_DAYS_MINUTES
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    decision = record.decision = Decision()
    record.token = str(uuid.uuid4())
    record.external_url = context.configuration.get("ExternalEntityLink")
    _notify(context, expires)
    deadline = time.monotonic() + minutes * 60
    while not decision.made.wait(0.2):
        if context.execution.abandoned.is_set() or context.cloud.stopping:
            raise AbandonedError
        if time.monotonic() > deadline:
            raise ActionFailedError("JobTimeout", "The approval timed out: nobody approved or rejected it in time")
    record.updated_by = decision.by
    record.token = None
    record.summary = decision.summary
    if decision.status == "Rejected":
        raise ActionFailedError("JobFailed", f"Rejected by {decision.by}: {decision.summary}")


def _notify(context: ActionContext, expires: datetime) -> None:
    """Publish to the action's topic, when it has one.

    Message: https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
    """
    topic = context.configuration.get("NotificationArn")
    if not topic:
        return
    console = f"https://{context.region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{context.execution.name}"
    message = {
        "region": context.region,
        "consoleLink": f"{console}/view",
        "approval": {
            "pipelineName": context.execution.name,
            "stageName": context.record.stage,
            "actionName": context.record.name,
            "token": context.record.token,
            "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
            "externalEntityLink": context.configuration.get("ExternalEntityLink"),
            "approvalReviewLink": (
                f"{console}/view/{context.record.stage}/{context.record.name}/approve/{context.record.token}"
            ),
            "customData": context.configuration.get("CustomData"),
        },
    }
    if not context.role.allows("sns:Publish", topic):
        denial = context.role.denial("sns:Publish", topic)
        context.role.record("sns", "Publish", {"TopicArn": topic}, error="AuthorizationError")
        raise ActionFailedError("PermissionError", f"The topic {topic} could not be notified: {denial}")
    subject = f"APPROVAL NEEDED: AWS CodePipeline {context.execution.name} for action {context.record.name}"
    try:
        context.role.client("sns").publish(TopicArn=topic, Subject=subject[:100], Message=json.dumps(message))
    except ClientError as error:
        raise ActionFailedError(
            "ConfigurationError", f"The topic {topic} could not be notified: {error}"
        ) from error
