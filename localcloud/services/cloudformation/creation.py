"""Creating a stack, and taking back what was created when it fails."""

from threading import Lock

from localcloud.services.cloudformation import deletion
from localcloud.services.cloudformation.acting import Acting
from localcloud.services.cloudformation.errors import ResourceFailedError, ValidationError
from localcloud.services.cloudformation.schedule import in_order
from localcloud.services.cloudformation.stack import StackResource


def create(acting: Acting) -> None:
    """Create all resources of the plan; on failure do what the stack's ``OnFailure`` says."""
    stack = acting.stack
    first_failure = Lock()

    def create_one(logical_id: str) -> bool:
        resource = stack.resources[logical_id]
        if stack.cancelled.is_set():
            stack.report(resource, "CREATE_FAILED", "Resource creation cancelled")
            return False
        stack.report(resource, "CREATE_IN_PROGRESS")
        try:
            acting.create(resource, acting.properties(resource.planned))
        except ResourceFailedError as error:
            with first_failure:
                # What runs beside the first failure is cancelled by it, and says only that.
                reason = "Resource creation cancelled" if stack.cancelled.is_set() else str(error)
                stack.cancelled.set()
                stack.report(resource, "CREATE_FAILED", reason)
            return False
        stack.report(resource, "CREATE_COMPLETE")
        return True

    stack.resources = {name: StackResource(planned) for name, planned in acting.plan.resources.items()}
    needs = {name: planned.dependencies for name, planned in acting.plan.resources.items()}
    failed = in_order(needs, create_one, name=stack.name)
    reason = None
    if failed:
        reason = f"The following resource(s) failed to create: [{', '.join(failed)}]."
    else:
        try:
            stack.outputs = acting.outputs()
        except ValidationError as error:
            reason = error.message
    if reason is None:
        stack.become("CREATE_COMPLETE")
        return
    if stack.deletion_requested:
        # DeleteStack came in between: it takes over with whatever exists.
        stack.become("CREATE_FAILED", reason)
        return
    stack.cancelled.clear()
    _after_failure(acting, reason)


def _after_failure(acting: Acting, reason: str) -> None:
    stack = acting.stack
    if stack.on_failure == "DO_NOTHING":
        stack.become("CREATE_FAILED", reason)
        return
    if stack.on_failure == "DELETE":
        stack.become("CREATE_FAILED", f"{reason} Delete requested by user.")
        deletion.delete(acting, retained=frozenset())
        return
    stack.become("ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.")
    failed = deletion.delete_resources(acting, list(stack.resources.values()), keep=deletion.kept_on_rollback)
    if failed:
        stack.become("ROLLBACK_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
    else:
        stack.become("ROLLBACK_COMPLETE")
