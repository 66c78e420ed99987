"""Scalable targets as moto keeps them, and their tags, which it does not."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

_TAGS = "localcloud_tags"


def target_tags(account_id: str, region: str, resource: str) -> Mapping[str, str]:
    """A target's tags; none when it does not exist.

    Args:
        account_id: where it is.
        region: where it is.
        resource: its ARN, or an ARN that ends with what is scaled, as it is known before the target is.

    """
    targets = targets_of(applicationautoscaling_backends[account_id][region])
    ends = resource.partition(":scalable-target/")[2]
    found = next((target for target in targets if resource == target.arn or ends == target.resource_id), None)
    return {} if found is None else tags_of(found)


def targets_of(backend: Any) -> Iterator[Any]:
    """All targets of moto's backend."""
    for targets in backend.targets.values():
        yield from targets.values()


def tags_of(target: Any) -> dict[str, str]:
    """A target's tags, to be changed."""
    if not hasattr(target, _TAGS):
        setattr(target, _TAGS, {})
    tags: dict[str, str] = getattr(target, _TAGS)
    return tags
