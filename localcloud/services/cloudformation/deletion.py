"""Deleting a stack: its resources in the reverse order of their dependencies."""

from collections.abc import Callable, Iterable

from localcloud.services.cloudformation.acting import Acting
from localcloud.services.cloudformation.schedule import in_order
from localcloud.services.cloudformation.stack import StackResource, now


def delete(acting: Acting, retained: frozenset[str]) -> None:
    """Delete a stack.

    Args:
        acting: the operation.
        retained: resources to leave alone (``RetainResources``).

    """
    stack = acting.stack
    stack.become("DELETE_IN_PROGRESS", "User Initiated")
    failed = delete_resources(
        acting,
        list(stack.resources.values()),
        keep=lambda resource: kept(resource) or resource.planned.logical_id in retained,
    )
    if failed:
        stack.become("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    stack.outputs = []
    stack.deleted = now()
    stack.become("DELETE_COMPLETE")


def kept(resource: StackResource) -> bool:
    """Whether a resource outlives its stack."""
    return resource.planned.deletion_policy in ("Retain", "RetainExceptOnCreate")


def kept_on_rollback(resource: StackResource) -> bool:
    """Whether a resource outlives a creation that is rolled back."""
    return resource.planned.deletion_policy == "Retain"


def delete_resources(
    acting: Acting, resources: Iterable[StackResource], keep: Callable[[StackResource], bool]
) -> list[str]:
    """Delete what exists of ``resources``, dependents first; returns those that failed."""
    present = {item.planned.logical_id: item for item in resources if item.physical is not None}
    needs: dict[str, set[str]] = {logical_id: set() for logical_id in present}
    for logical_id, resource in present.items():
        for dependency in resource.planned.dependencies & needs.keys():
            needs[dependency].add(logical_id)

    def delete_one(logical_id: str) -> bool:
        resource = present[logical_id]
        if keep(resource):
            acting.stack.report(resource, "DELETE_SKIPPED")
        elif not acting.delete(resource):
            return False
        resource.physical = None
        return True

    return in_order(needs, delete_one, stop_on_failure=False, name=acting.stack.name)
