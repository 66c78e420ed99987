"""What change sets would do, and doing it."""

from typing import Any
from uuid import uuid4

from moto.core.exceptions import ServiceException

from localcloud.services.cloudformation import inputs
from localcloud.services.cloudformation.acting import StackResources
from localcloud.services.cloudformation.change_set import ChangeSet, ChangeSetStateError
from localcloud.services.cloudformation.engine import REVIEWED, Engine
from localcloud.services.cloudformation.intrinsics import Evaluator
from localcloud.services.cloudformation.plan import Plan, Planned
from localcloud.services.cloudformation.requests import ChangedStack
from localcloud.services.cloudformation.resources.providers import provider
from localcloud.services.cloudformation.stack import Stack

_NOTHING = "The submitted information didn't contain changes. Submit different information to create a change set."


def for_new_stack(stack: Stack, name: str, description: str | None) -> ChangeSet:
    """The change set that creates a stack, which waits for it in review."""
    changes = [_change("Add", logical_id, item["Type"]) for logical_id, item in _all(stack).items()]
    return ChangeSet(_arn(stack, name), name, stack, None, stack.values, description, changes)


def for_update(
    engine: Engine, stack: Stack, wanted: ChangedStack, name: str, description: str | None
) -> ChangeSet:
    """The change set that updates a stack; it has failed when nothing would change.

    Raises:
        ValidationError, InsufficientCapabilitiesError: the update is not possible.

    """
    values, made = engine.change(stack, wanted)
    made_set = ChangeSet(_arn(stack, name), name, stack, wanted, values, description, _changes(stack, made))
    if inputs.same(stack.values, values):
        made_set.status, made_set.execution, made_set.reason = "FAILED", "UNAVAILABLE", _NOTHING
    return made_set


def execute(engine: Engine, chosen: ChangeSet) -> None:
    """Start what a change set stands for.

    Raises:
        ValidationError: it has failed, or was executed before.

    """
    if chosen.execution != "AVAILABLE":
        raise ChangeSetStateError(chosen)
    if chosen.wanted is not None:
        engine.update(chosen.stack, chosen.wanted)
    elif chosen.stack.status == REVIEWED:
        engine.create_reviewed(chosen.stack)
    chosen.execution = "EXECUTE_COMPLETE"


def _arn(stack: Stack, name: str) -> str:
    return f"arn:aws:cloudformation:{stack.region}:{stack.account_id}:changeSet/{name}/{uuid4()}"


def _all(stack: Stack) -> dict[str, Any]:
    return dict(stack.values.template.resources)


def _changes(stack: Stack, made: Plan) -> list[dict[str, Any]]:
    changes = []
    for logical_id, planned in made.resources.items():
        current = stack.resources.get(logical_id)
        if current is None or current.physical is None:
            changes.append(_change("Add", logical_id, planned.type))
            continue
        replacement = _replacement(stack, made, planned)
        if replacement is not None:
            changes.append(_change("Modify", logical_id, planned.type, current.physical_id, replacement))
    changes += [
        _change("Remove", logical_id, current.planned.type, current.physical_id)
        for logical_id, current in stack.resources.items()
        if logical_id not in made.resources
    ]
    return changes


def _replacement(stack: Stack, made: Plan, planned: Planned) -> str | None:
    """Whether a resource would be replaced: ``True``, ``False``, ``Conditional``, or None when nothing changes."""
    old = stack.resources[planned.logical_id].properties
    try:
        new = Evaluator(made.names, made.mappings, resources=StackResources(stack)).value(planned.properties)
    except ServiceException:
        return "Conditional"  # it refers to something that does not exist yet
    if new == old:
        return None
    return "False" if provider(planned.type).updates_in_place(old, new) else "True"


def _change(
    action: str, logical_id: str, kind: str, physical_id: str | None = None, replacement: str | None = None
) -> dict[str, Any]:
    detail: dict[str, Any] = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": kind}
    if physical_id:
        detail["PhysicalResourceId"] = physical_id
    if replacement:
        detail |= {"Replacement": replacement, "Scope": ["Properties"], "Details": []}
    return {"Type": "Resource", "ResourceChange": detail}
