"""What a build that was stopped has made and could not write down any more: Terraform takes it over.

Terraform writes its state every twenty seconds, and at its end. A build that is stopped while an endpoint is updated
leaves a model and a configuration that no state knows; the next apply would fail on their names.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deploy import settings
from deploy.context import Context

FILE = "adopted.tf.json"

Json = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """Something of ``terraform/`` that cannot be made twice.

    Attributes:
        address: Terraform's.
        name: SageMaker's, and what Terraform imports it by.
        generation: the one that it is of; None of the endpoint's own things.

    """

    address: str
    name: str
    generation: str | None = None


def found(context: Context, known: list[str], current: str, generations: dict[str, Json]) -> list[Resource]:
    """What there is although no state knows it.

    Args:
        context: the environment.
        known: addresses in the state.
        current: the generation that is to be deployed.
        generations: all that may have been made.

    """
    candidates = [*_of_generations(context, generations), *_of_endpoint(context, generations[current])]
    return [one for one in candidates if one.address not in known and _is_there(context, one)]


def imports(resources: list[Resource]) -> str:
    """Terraform's blocks that take them over."""
    return json.dumps({"import": [{"to": one.address, "id": one.name} for one in resources]}, indent=2) + "\n"


def _of_generations(context: Context, generations: dict[str, Json]) -> Iterator[Resource]:
    for key, content in generations.items():
        name = f"{context.prefix}-{key}"
        yield Resource(f'aws_sagemaker_model.generation["{key}"]', name, key)
        if content.get("shadow"):
            yield Resource(f'aws_sagemaker_model.shadow["{key}"]', f"{name}-shadow", key)
        if _kind(content) != "batch":
            yield Resource(f'aws_sagemaker_endpoint_configuration.generation["{key}"]', name, key)


def _of_endpoint(context: Context, content: Json) -> Iterator[Resource]:
    kind = _kind(content)
    if kind != "batch":
        name = f"{context.prefix}-{kind}"
        yield Resource(f'aws_sagemaker_endpoint.this["{kind}"]', name)
        yield Resource(f'aws_cloudwatch_log_group.endpoint["{kind}"]', f"/aws/sagemaker/Endpoints/{name}")


def _kind(content: Json) -> str:
    return str(json.loads(content["settings"]).get("kind", settings.DEFAULT_KIND))


def _is_there(context: Context, resource: Resource) -> bool:
    kind = resource.address.partition(".")[0]
    if kind == "aws_cloudwatch_log_group":
        listed = context.environment_client("logs").describe_log_groups(logGroupNamePrefix=resource.name)
        return any(group["logGroupName"] == resource.name for group in listed["logGroups"])
    sagemaker = context.environment_client("sagemaker")
    try:
        if kind == "aws_sagemaker_model":
            sagemaker.describe_model(ModelName=resource.name)
        elif kind == "aws_sagemaker_endpoint_configuration":
            sagemaker.describe_endpoint_config(EndpointConfigName=resource.name)
        else:
            sagemaker.describe_endpoint(EndpointName=resource.name)
    except ClientError as error:
        # SageMaker's word for what there is not.
        if error.response["Error"]["Code"] == "ValidationException":
            return False
        raise
    return True
