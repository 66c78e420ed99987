"""Where the outcome of an event goes: a queue, a topic, an event bus or another function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
from typing import TYPE_CHECKING, Any

from localcloud.service_role import ServiceRole
from localcloud.services.lambda_.functions import Function

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def deliver(cloud: "Cloud", function: Function, target: str, record: dict[str, Any]) -> None:
    """Send an invocation record to a destination with the function's own role; failures raise."""
    role = ServiceRole(
        cloud, function.role, service="lambda.amazonaws.com", session_name=function.name, region=function.region
    )
    service, name = target.split(":")[2], target.rsplit(":", 1)[-1]
    body = json.dumps(record)
    if service == "sqs":
        client = role.client("sqs")
        client.send_message(QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"], MessageBody=body)
    elif service == "sns":
        role.client("sns").publish(TopicArn=target, Message=body)
    elif service == "lambda":
        role.client("lambda").invoke(FunctionName=target, InvocationType="Event", Payload=body)
    elif service == "events":
        outcome = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {outcome}",
            "Detail": body,
            "EventBusName": target.rsplit("/", 1)[-1],
            "Resources": [target, function.arn],
        }
        role.client("events").put_events(Entries=[entry])
    else:
        raise ValueError(f"{target} is no destination of an invocation")
