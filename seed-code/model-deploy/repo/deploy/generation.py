"""A generation: a model together with the settings it is served with, named by the hash of both.

Terraform keeps the generation that is deployed and the one before it (``terraform/variables.tf``). Same model and
settings, same names: deploying once more changes nothing.
"""

import hashlib
import json
from typing import Any

from deploy.context import Context
from deploy.package import Package

# What changes while the endpoint's configuration stays as it is, and which model it is: not part of the name.
AROUND = {"autoscaling", "traffic", "alarms", "monitoring", "model_package_version"}

Json = dict[str, Any]


def make(context: Context, package: Package, shadow: Package | None, settings: Json) -> tuple[str, Json]:
    """Return a generation's key and content."""
    parts = {"model": _container(package), "shadow": _container(shadow) if shadow else None}
    serving = {name: value for name, value in settings.items() if name not in AROUND}
    inside = settings.get("in_vpc")
    if inside is None:  # as terraform/model.tf has it
        inside = settings.get("kind") != "serverless"
    network = [*context.subnet_ids, *context.security_group_ids] if inside else []
    facts = [parts, serving, network, context.endpoint_role_arn, context.environment_kms_key_arn, context.data_uri]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    key = f"{package.version}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    return key, {**parts, "settings": json.dumps(settings, sort_keys=True), "tags": lineage(package)}


def lineage(package: Package) -> dict[str, str]:
    """Tags that say where the model comes from."""
    return {
        name: _tag(value)
        for name, value in {
            "deploy:model-package": package.arn,
            "deploy:model-commit": package.commit,
            "deploy:model-execution": package.execution,
            "deploy:approver": package.approver,
        }.items()
    }


def _container(package: Package) -> Json:
    return {"image": package.image, "data_url": package.data_url, "environment": package.environment}


def _tag(value: str) -> str:
    """A value that SageMaker takes: letters, digits and _.:/=+-@ (API reference, Tag), 256 at most."""
    kept = "".join(one if (one.isalnum() and one.isascii()) or one in " _.:/=+-@" else "-" for one in value)
    return kept[:256]


def keep_two(key: str, content: Json, live: Json | None, attempted: Json, running: list[str]) -> dict[str, Json]:
    """The generation to deploy and the one to go back to: the one that runs, or ran before this same one.

    An apply that failed half-way may have left the endpoint with what it attempted: what SageMaker says wins over what
    was written down, because a configuration must not be deleted under an endpoint that runs it.
    """
    known = {**attempted["generations"], **(live["generations"] if live else {})}
    back = [one for one in running if one != key and one in known]
    if live and not back:
        back = [live["previous"] if live["current"] == key else live["current"]]
    return {**{one: known[one] for one in back if one != key and one in known}, key: content}
