"""Starting operations on stacks: checks that answer at once, then the work in the background."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from localcloud.cloud import Cloud
from localcloud.principals import Principal
from localcloud.services.cloudformation import creation, deletion, inputs, plan, stacks, template
from localcloud.services.cloudformation.acting import Acting
from localcloud.services.cloudformation.errors import AlreadyExistsError, TokenAlreadyExistsError, ValidationError
from localcloud.services.cloudformation.notifications import notify
from localcloud.services.cloudformation.requests import ChangedStack, NewStack
from localcloud.services.cloudformation.stack import Stack, Values
from localcloud.services.cloudformation.update import Update

_UPDATABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED"})
REVIEWED = "REVIEW_IN_PROGRESS"
"""The status of a stack that exists for the sake of its change set only."""


class Engine:
    """The operations of one account and region, for one caller."""

    def __init__(self, cloud: Cloud, caller: Principal, account_id: str, region: str) -> None:
        self._cloud = cloud
        self._account_id = account_id
        self._region = region
        self._inputs = inputs.Inputs(cloud, caller, account_id, region)
        self.stacks = stacks.of(cloud, account_id, region)

    def load(self, body: str) -> template.Template:
        """Parse and check a template.

        Raises:
            ValidationError: it is not valid.

        """
        return template.load(body, self.stacks.registry.knows)

    def create(self, wanted: NewStack) -> Stack:
        """Start the creation of a stack.

        Raises:
            ValidationError, AlreadyExistsError, InsufficientCapabilitiesError: nothing has been started.

        """
        if wanted.token and (known := self._by_token(wanted)):
            return known
        stack, made = self._prepared(wanted, "CREATE_IN_PROGRESS")
        self._create(stack, made)
        return stack

    def review(self, wanted: NewStack) -> Stack:
        """Add a stack for a change set that may create it later."""
        stack, _ = self._prepared(wanted, REVIEWED)
        stack.become(REVIEWED, "User Initiated")
        stack.settled.set()
        return stack

    def create_reviewed(self, stack: Stack) -> None:
        """Start the creation of a stack that was added for its change set."""
        stack.status = "CREATE_IN_PROGRESS"
        self._create(stack, plan.make(stack.values.template, stack.values.names))

    def change(self, stack: Stack, wanted: ChangedStack) -> tuple[Values, plan.Plan]:
        """What an update would make of a stack.

        Raises:
            ValidationError, InsufficientCapabilitiesError: the update is not possible.

        """
        body = wanted.body if wanted.body is not None else stack.values.template.body
        loaded = self.load(body)
        capabilities = wanted.capabilities if wanted.capabilities is not None else stack.capabilities
        inputs.acknowledged(loaded, capabilities)
        tags = wanted.tags if wanted.tags is not None else stack.values.tags
        self._inputs.refuse_reserved(wanted.tags or {})
        own = _pseudo_parameters(stack.stack_id, stack.name, stack.notification_arns)
        values = self._inputs.values(loaded, inputs.with_previous(wanted.parameters, stack), tags, own)
        made = plan.make(loaded, values.names)
        _refuse_other_types(stack, made)
        return values, made

    def update(self, stack: Stack, wanted: ChangedStack) -> None:
        """Start the update of a stack.

        Raises:
            ValidationError, InsufficientCapabilitiesError: nothing has been started.

        """
        values, made = self.change(stack, wanted)
        with stack.lock:
            if stack.status not in _UPDATABLE:
                raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
            if inputs.same(stack.values, values):
                raise ValidationError("No updates are to be performed.")
            if wanted.role_arn is not None:
                stack.role_arn = wanted.role_arn
            stack.credentials = self._inputs.identity(stack.role_arn)
            if wanted.capabilities is not None:
                stack.capabilities = list(wanted.capabilities)
            if wanted.notification_arns is not None:
                stack.notification_arns = list(wanted.notification_arns)
            stack.token = wanted.token
            stack.settled.clear()
            stack.cancelled.clear()
            stack.become("UPDATE_IN_PROGRESS", "User Initiated")
        acting = Acting(self._cloud, self.stacks, stack, values, made)
        self._start(stack, "update", Update(acting, wanted.disable_rollback).run)

    def continue_rollback(self, stack: Stack, skipped: frozenset[str], role_arn: str | None) -> None:
        """Go on with the rollback of an update that failed.

        Args:
            stack: the stack.
            skipped: resources that are left as they are.
            role_arn: the service role from now on.

        Raises:
            ValidationError: there is no such rollback.

        """
        with stack.lock:
            rollback = stack.rollback
            if stack.status != "UPDATE_ROLLBACK_FAILED" or rollback is None:
                raise ValidationError(
                    f"Stack:{stack.stack_id} is in {stack.status} state and can not continue the rollback."
                )
            if role_arn is not None:
                stack.role_arn = role_arn
            stack.credentials = self._inputs.identity(stack.role_arn)
            stack.settled.clear()
            stack.become("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self._start(stack, "rollback", lambda: rollback.resume(skipped))

    def delete(
        self,
        stack: Stack,
        *,
        role_arn: str | None = None,
        retained: frozenset[str] = frozenset(),
        token: str | None = None,
    ) -> None:
        """Start the deletion of a stack; a creation that runs is stopped first.

        Raises:
            ValidationError: it is protected, or being updated.

        """
        if stack.status == "DELETE_COMPLETE":
            return
        if stack.termination_protection:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        with stack.lock:
            if stack.status.startswith("UPDATE_") and stack.in_progress:
                raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be deleted.")
            if stack.deletion_requested or stack.status == "DELETE_IN_PROGRESS":
                return
            if retained and stack.status != "DELETE_FAILED":
                raise ValidationError("Invalid operation on stack: RetainResources needs the status DELETE_FAILED")
            stack.deletion_requested = True
            stack.cancelled.set()
        if role_arn is not None:
            stack.role_arn = role_arn
        identity = self._inputs.identity(stack.role_arn)

        def run() -> None:
            # The creation that was told to stop has to have ended: its last resource may just be appearing.
            while not stack.settled.wait(0.2):
                if self._cloud.stopping:
                    return
            stack.settled.clear()
            stack.cancelled.clear()
            stack.deletion_requested = False
            stack.credentials, stack.token = identity, token
            planned = {name: resource.planned for name, resource in stack.resources.items()}
            remains = plan.Plan(planned, {}, stack.values.names, {})
            try:
                deletion.delete(Acting(self._cloud, self.stacks, stack, stack.values, remains), retained)
            finally:
                stack.settled.set()

        self._cloud.spawn(f"cloudformation-delete-{stack.name}", run)

    def _prepared(self, wanted: NewStack, status: str) -> tuple[Stack, plan.Plan]:
        if any(stack.name == wanted.name for stack in self.stacks.every()):
            raise AlreadyExistsError(f"Stack [{wanted.name}] already exists")
        loaded = self.load(wanted.body)
        inputs.acknowledged(loaded, wanted.capabilities)
        self._inputs.refuse_reserved(wanted.tags)
        stack_id = f"arn:aws:cloudformation:{self._region}:{self._account_id}:stack/{wanted.name}/{uuid4()}"
        own = _pseudo_parameters(stack_id, wanted.name, wanted.notification_arns)
        values = self._inputs.values(loaded, wanted.parameters, wanted.tags, own)
        made = plan.make(loaded, values.names)
        stack = Stack(
            stack_id=stack_id,
            name=wanted.name,
            account_id=self._account_id,
            region=self._region,
            values=values,
            credentials=self._inputs.identity(wanted.role_arn),
            role_arn=wanted.role_arn,
            capabilities=list(wanted.capabilities),
            notification_arns=list(wanted.notification_arns),
            on_failure=wanted.on_failure,
            termination_protection=wanted.termination_protection,
            timeout_minutes=wanted.timeout_minutes,
            token=wanted.token,
            status=status,
            listener=notify,
        )
        self.stacks.add(stack)
        return stack, made

    def _create(self, stack: Stack, made: plan.Plan) -> None:
        stack.become("CREATE_IN_PROGRESS", "User Initiated")
        acting = Acting(self._cloud, self.stacks, stack, stack.values, made)
        self._start(stack, "create", lambda: creation.create(acting))

    def _start(self, stack: Stack, verb: str, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                stack.settled.set()

        stack.settled.clear()
        self._cloud.spawn(f"cloudformation-{verb}-{stack.name}", run)

    def _by_token(self, wanted: NewStack) -> Stack | None:
        for stack in self.stacks.every(deleted=True):
            if stack.token == wanted.token:
                if stack.name != wanted.name:
                    raise TokenAlreadyExistsError(f"Token {wanted.token} was used for the stack {stack.name}")
                return stack
        return None


def _pseudo_parameters(stack_id: str, name: str, notification_arns: list[str]) -> Mapping[str, Any]:
    return {
        "AWS::StackId": stack_id,
        "AWS::StackName": name,
        "AWS::NotificationARNs": list(notification_arns),
    }


def _refuse_other_types(stack: Stack, made: plan.Plan) -> None:
    changed = [
        name
        for name, resource in stack.resources.items()
        if name in made.resources and made.resources[name].type != resource.planned.type
    ]
    if changed:
        raise ValidationError(
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{', '.join(changed)}]"
        )
