"""Whoever has subscribed to the topic of a project's deployment."""

import json
from dataclasses import dataclass
from typing import Any

from tests.deployment.deliveries import Deploying


@dataclass(frozen=True)
class Subscriber:
    """A queue that hears what the topic is told.

    Attributes:
        address: of the queue.
        subscription: its ARN.

    """

    deploying: Deploying
    address: str
    subscription: str

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """Subjects and contents of all messages, oldest first; then the subscription ends."""
        platform = self.deploying.launch.platform
        sqs = platform.watcher("sqs")
        found: list[tuple[str, dict[str, Any]]] = []
        while batch := sqs.receive_message(QueueUrl=self.address, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                sqs.delete_message(QueueUrl=self.address, ReceiptHandle=message["ReceiptHandle"])
                envelope = json.loads(message["Body"])
                found.append((envelope.get("Subject", ""), json.loads(envelope["Message"])))
        platform.engineer("sns", "unsubscribe", "--subscription-arn", self.subscription)
        sqs.delete_queue(QueueUrl=self.address)
        return found


def subscribe(deploying: Deploying) -> Subscriber:
    """Subscribe a queue, as an operator would; its name has nothing of the project's id in it."""
    platform = deploying.launch.platform
    engineer = platform.engineer
    # The CLI would ask SQS at an address of its own, whatever endpoint it is given.
    address = platform.watcher("sqs").create_queue(QueueName=f"on-call-of-{deploying.launch.name}")["QueueUrl"]
    topic = f"arn:aws:sns:{platform.region}:{platform.account}:{deploying.pipeline}"
    queue = f"arn:aws:sqs:{platform.region}:{platform.account}:on-call-of-{deploying.launch.name}"
    answer = engineer(
        *("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", queue)
    )
    return Subscriber(deploying, address, answer["SubscriptionArn"])
