"""Whether a topic or a queue lets a rule in: its policy, and the policy of the key that encrypts it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html, and for encrypted ones
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-at-rest-key-policy.html.
"""

from typing import Any

from moto.kms.models import kms_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from localcloud.resource_policies import permits

_PRINCIPAL = "events.amazonaws.com"
# CloudWatch publishes in the name of the alarm's account; EventBridge does not.
_OWNERS = "cloudwatch.amazonaws.com"
_ACTIONS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}


def refusal(target_arn: str, rule_arn: str, principal: str = _PRINCIPAL) -> str | None:
    """Why a topic or queue does not take what a rule (or another service's resource) sends, None when it does."""
    _, _, service, region, account_id, *_ = target_arn.split(":")
    policy, key_id = (_topic if service == "sns" else _queue)(target_arn, region, account_id)
    source = rule_arn.split(":")[4]
    context = {"aws:SourceArn": rule_arn, "aws:SourceAccount": source}
    if principal == _OWNERS:
        context["aws:SourceOwner"] = source  # what a topic's own default policy asks for
    action = _ACTIONS[service]
    if not permits(policy, principal, action, target_arn, context):
        return f"its policy does not let {principal} {action} for {rule_arn}"
    if not key_id:
        return None
    key = _key(key_id, region, account_id)
    if key is None:
        return f"its key {key_id} is AWS's own, whose policy nobody can change: use a customer managed key"
    # With a topic's key EventBridge names neither rule nor account (SNS developer guide, "Key management").
    encryption = {"kms:EncryptionContext:aws:sns:topicArn": target_arn} if service == "sns" else context
    for needed in ("kms:GenerateDataKey", "kms:Decrypt"):
        if not permits(key.policy, principal, needed, key.arn, encryption):
            return f"the policy of its key {key.arn} does not let {principal} {needed}"
    return None


def _topic(arn: str, region: str, account_id: str) -> tuple[Any, str]:
    topic = sns_backends[account_id][region].get_topic(arn)
    return topic.policy, topic.kms_master_key_id


def _queue(arn: str, region: str, account_id: str) -> tuple[Any, str]:
    queue = sqs_backends[account_id][region].get_queue(arn.rsplit(":", 1)[-1])
    return queue.policy, getattr(queue, "kms_master_key_id", None) or ""


def _key(key_id: str, region: str, account_id: str) -> Any:
    backend = kms_backends[account_id][region]
    if "alias/aws/" in key_id:
        return None
    found = backend.get_key_id_from_alias(key_id.rsplit(":", 1)[-1]) if "alias/" in key_id else None
    return backend.keys.get(found or key_id.rsplit("/", 1)[-1])
