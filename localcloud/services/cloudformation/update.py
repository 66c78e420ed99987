"""Updating a stack: changed resources in order, replacements first made and then cleaned up, or rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from localcloud.services.cloudformation import deletion
from localcloud.services.cloudformation.acting import Acting
from localcloud.services.cloudformation.errors import ResourceFailedError, ValidationError
from localcloud.services.cloudformation.resources.providers import provider
from localcloud.services.cloudformation.schedule import in_order
from localcloud.services.cloudformation.stack import StackResource, now

_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


@dataclass(frozen=True)
class _Change:
    """One resource that an update has touched.

    Attributes:
        before: the resource as it was; None when the update added it.
        after: the resource as it is now.
        replaced: whether ``before`` still exists beside ``after``.

    """

    before: StackResource | None
    after: StackResource
    replaced: bool


class Update:
    """One update of one stack."""

    def __init__(self, acting: Acting, disable_rollback: bool) -> None:
        self._acting = acting
        self._stack = acting.stack
        self._disable_rollback = disable_rollback
        self._restoring = Acting(acting.cloud, acting.stacks, acting.stack, acting.stack.values, acting.plan)
        self._old = dict(acting.stack.resources)
        self._changes: list[_Change] = []
        self._stuck: list[_Change] = []
        self._lock = Lock()

    def run(self) -> None:
        """Change what differs, then clean up; on failure go back to what was."""
        stack, plan = self._stack, self._acting.plan
        needs = {name: planned.dependencies for name, planned in plan.resources.items()}
        failed = in_order(needs, self._one, name=stack.name)
        reason = f"The following resource(s) failed to update: [{', '.join(failed)}]. " if failed else None
        outputs: list[dict[str, str]] = []
        if reason is None:
            try:
                outputs = self._acting.outputs()
            except ValidationError as error:
                reason = error.message
        if reason is not None:
            self._fail(reason)
            return
        stack.outputs = outputs
        stack.values = self._acting.values
        stack.become("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        removed = [resource for name, resource in self._old.items() if name not in plan.resources]
        for resource in removed:
            del stack.resources[resource.planned.logical_id]
        replaced = [change.before for change in self._changes if change.before and change.replaced]
        deletion.delete_resources(self._acting, replaced, keep=_kept_when_replaced)
        deletion.delete_resources(self._acting, removed, keep=deletion.kept)
        stack.updated = now()
        stack.become("UPDATE_COMPLETE")

    def _one(self, logical_id: str) -> bool:
        stack = self._stack
        planned = self._acting.plan.resources[logical_id]
        before = self._old.get(logical_id)
        if stack.cancelled.is_set():
            if before is not None:
                stack.report(before, "UPDATE_FAILED", "Resource update cancelled")
            return False
        resource = StackResource(planned) if before is None else replace(before, planned=planned)
        starting = "CREATE_IN_PROGRESS" if before is None else "UPDATE_IN_PROGRESS"
        try:
            properties = self._acting.properties(planned)
            if before is not None and before.physical is not None and properties == before.properties:
                stack.resources[logical_id] = resource
                return True
            if before is None or before.physical is None:
                stack.report(resource, starting)
                self._make(logical_id, resource, properties, before, replaced=False)
            elif provider(planned.type).updates_in_place(before.properties, properties):
                stack.report(resource, starting)
                self._modify(logical_id, resource, properties, before)
            else:
                stack.report(resource, starting, _REPLACING)
                self._make(logical_id, replace(resource, physical=None), properties, before, replaced=True)
        except ResourceFailedError as error:
            with self._lock:
                cancelled = stack.cancelled.is_set()
                stack.cancelled.set()
            failing = "CREATE_FAILED" if before is None else "UPDATE_FAILED"
            stack.report(resource, failing, "Resource update cancelled" if cancelled else str(error))
            return False
        stack.report(stack.resources[logical_id], "CREATE_COMPLETE" if before is None else "UPDATE_COMPLETE")
        return True

    def _make(
        self,
        logical_id: str,
        resource: StackResource,
        properties: Mapping[str, Any],
        before: StackResource | None,
        *,
        replaced: bool,
    ) -> None:
        # Noted before it is made: what exists of a failed creation has to be deleted by the rollback.
        self._note(_Change(before, resource, replaced))
        self._acting.create(resource, properties)
        self._stack.resources[logical_id] = resource

    def _modify(
        self, logical_id: str, resource: StackResource, properties: Mapping[str, Any], before: StackResource
    ) -> None:
        change = _Change(before, resource, replaced=False)
        self._note(change)
        physical = self._acting.update(resource, properties, noted=True)
        resource.physical = physical
        self._stack.resources[logical_id] = resource
        if physical.physical_id != before.physical_id and provider(resource.planned.type).leaves_replaced:
            with self._lock:
                self._changes[self._changes.index(change)] = replace(change, replaced=True)

    def _note(self, change: _Change) -> None:
        with self._lock:
            self._changes.append(change)

    def _fail(self, reason: str) -> None:
        stack = self._stack
        stack.cancelled.clear()
        if self._disable_rollback:
            stack.become("UPDATE_FAILED", reason)
            return
        stack.become("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        # From here on the stack's old template, parameters and tags count again. Resources are updated once more,
        # the failed one included: nobody knows how far it came.
        self._go_back(list(reversed(self._changes)))

    def resume(self, skipped: frozenset[str]) -> None:
        """Go on with a rollback that failed.

        Args:
            skipped: resources that are left as they are and count as gone back.

        """
        self._stack.cancelled.clear()
        left = [change for change in self._stuck if change.after.planned.logical_id not in skipped]
        for change in self._stuck:
            if change not in left and change.before is not None:
                self._stack.report(change.before, "UPDATE_COMPLETE")
        self._go_back(left)

    def _go_back(self, changes: list[_Change]) -> None:
        stack = self._stack
        self._stuck = [change for change in changes if not self._undo(change)]
        if self._stuck:
            failed = ", ".join(change.after.planned.logical_id for change in self._stuck)
            stack.rollback = self
            stack.become("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{failed}]. ")
            return
        stack.rollback = None
        touched = {change.after.planned.logical_id for change in self._changes}
        stack.resources = {
            name: stack.resources[name] if name in touched else resource for name, resource in self._old.items()
        }
        stack.become("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        made = [change.after for change in self._changes if change.before is None or change.replaced]
        deletion.delete_resources(self._acting, made, keep=lambda _: False)
        stack.updated = now()
        stack.become("UPDATE_ROLLBACK_COMPLETE")

    def _undo(self, change: _Change) -> bool:
        """Make the resource what it was before, as far as the stack is concerned; returns whether it succeeded."""
        stack, before = self._stack, change.before
        if before is None:
            stack.resources.pop(change.after.planned.logical_id, None)
            return True
        logical_id = before.planned.logical_id
        untouched = change.after.properties == before.properties and not change.replaced
        if change.replaced or untouched or change.after.physical is None:
            stack.resources[logical_id] = before
            stack.report(before, "UPDATE_COMPLETE")
            return True
        stack.report(before, "UPDATE_IN_PROGRESS")
        try:
            before.physical = self._restoring.update(change.after, before.properties)
        except ResourceFailedError as error:
            stack.report(before, "UPDATE_FAILED", str(error))
            return False
        stack.resources[logical_id] = before
        stack.report(before, "UPDATE_COMPLETE")
        return True


def _kept_when_replaced(resource: StackResource) -> bool:
    return resource.planned.replace_policy == "Retain"
