"""Starting operations on stacks: checks that answer at once, then the work in the background."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError, Credentials, Principal
from localcloud.services.cloudformation import creation, deletion, parameters, plan, stacks, template
from localcloud.services.cloudformation.acting import Acting
from localcloud.services.cloudformation.errors import (
    AlreadyExistsError,
    InsufficientCapabilitiesError,
    TokenAlreadyExistsError,
    ValidationError,
)
from localcloud.services.cloudformation.stack import Stack, Values
from localcloud.services.cloudformation.update import Update

_SERVICE = "cloudformation.amazonaws.com"
_UPDATABLE = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED", "IMPORT_COMPLETE"}
)
_ROLE_SESSION = "AWSCloudFormation"
_SERVICE_CATALOG_SESSION = "servicecatalog"


@dataclass(frozen=True)
class NewStack:
    """What CreateStack was asked for."""

    name: str
    body: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    capabilities: list[str] = field(default_factory=list)
    notification_arns: list[str] = field(default_factory=list)
    on_failure: str = "ROLLBACK"
    termination_protection: bool = False
    timeout_minutes: int | None = None
    token: str | None = None


@dataclass(frozen=True)
class ChangedStack:
    """What UpdateStack was asked for; None keeps what the stack has."""

    body: str | None
    parameters: Mapping[str, str | None]
    tags: Mapping[str, str] | None = None
    role_arn: str | None = None
    capabilities: list[str] | None = None
    notification_arns: list[str] | None = None
    disable_rollback: bool = False
    token: str | None = None


class Engine:
    """The operations of one account and region, for one caller."""

    def __init__(self, cloud: Cloud, caller: Principal, account_id: str, region: str) -> None:
        self._cloud = cloud
        self._caller = caller
        self._account_id = account_id
        self._region = region
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
        if any(stack.name == wanted.name for stack in self.stacks.every()):
            raise AlreadyExistsError(f"Stack [{wanted.name}] already exists")
        loaded = self.load(wanted.body)
        _acknowledged(loaded, wanted.capabilities)
        stack_id = f"arn:aws:cloudformation:{self._region}:{self._account_id}:stack/{wanted.name}/{uuid4()}"
        self._refuse_reserved(wanted.tags)
        values = self._values(
            loaded,
            wanted.parameters,
            wanted.tags,
            {
                "AWS::StackId": stack_id,
                "AWS::StackName": wanted.name,
                "AWS::NotificationARNs": wanted.notification_arns,
            },
        )
        made = plan.make(loaded, values.names)
        stack = Stack(
            stack_id=stack_id,
            name=wanted.name,
            account_id=self._account_id,
            region=self._region,
            values=values,
            credentials=self._identity(wanted.role_arn),
            role_arn=wanted.role_arn,
            capabilities=list(wanted.capabilities),
            notification_arns=list(wanted.notification_arns),
            on_failure=wanted.on_failure,
            termination_protection=wanted.termination_protection,
            timeout_minutes=wanted.timeout_minutes,
            token=wanted.token,
        )
        stack.status = "CREATE_IN_PROGRESS"
        self.stacks.add(stack)
        stack.become("CREATE_IN_PROGRESS", "User Initiated")
        acting = Acting(self._cloud, self.stacks, stack, values, made)
        self._start(stack, "create", lambda: creation.create(acting))
        return stack

    def update(self, stack: Stack, wanted: ChangedStack) -> None:
        """Start the update of a stack.

        Raises:
            ValidationError, InsufficientCapabilitiesError: nothing has been started.

        """
        body = wanted.body if wanted.body is not None else stack.values.template.body
        loaded = self.load(body)
        _acknowledged(loaded, wanted.capabilities if wanted.capabilities is not None else stack.capabilities)
        tags = wanted.tags if wanted.tags is not None else stack.values.tags
        self._refuse_reserved(wanted.tags or {})
        given = _with_previous(wanted.parameters, stack)
        own = {
            "AWS::StackId": stack.stack_id,
            "AWS::StackName": stack.name,
            "AWS::NotificationARNs": stack.notification_arns,
        }
        values = self._values(loaded, given, tags, own)
        made = plan.make(loaded, values.names)
        _same_types(stack, made)
        with stack.lock:
            if stack.status not in _UPDATABLE:
                raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
            if _same(stack.values, values):
                raise ValidationError("No updates are to be performed.")
            if wanted.role_arn is not None:
                stack.role_arn = wanted.role_arn
            stack.credentials = self._identity(stack.role_arn)
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
        identity = self._identity(stack.role_arn)

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
            acting = Acting(
                self._cloud, self.stacks, stack, stack.values, plan.Plan(planned, {}, stack.values.names, {})
            )
            try:
                deletion.delete(acting, retained)
            finally:
                stack.settled.set()

        self._cloud.spawn(f"cloudformation-delete-{stack.name}", run)

    def _start(self, stack: Stack, verb: str, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                stack.settled.set()

        stack.settled.clear()
        self._cloud.spawn(f"cloudformation-{verb}-{stack.name}", run)

    def _identity(self, role_arn: str | None) -> Credentials:
        """The service role's credentials, or the caller's own forwarded."""
        if role_arn is None:
            return Credentials(self._caller.access_key_id, "forwarded", "")
        try:
            return self._cloud.principals.assume(role_arn, _ROLE_SESSION, service=_SERVICE)
        except AccessDeniedError as error:
            raise ValidationError(f"Role {role_arn} is invalid or cannot be assumed") from error

    def _values(
        self,
        loaded: template.Template,
        given: Mapping[str, str],
        tags: Mapping[str, str],
        own: Mapping[str, Any],
    ) -> Values:
        resolved = parameters.resolve(loaded.parameters, given)
        typed, read = parameters.typed(loaded.parameters, resolved, self._stored)
        names: dict[str, Any] = {
            **typed,
            **own,
            "AWS::AccountId": self._account_id,
            "AWS::Partition": "aws",
            "AWS::Region": self._region,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return Values(loaded, resolved, names, read, dict(tags))

    def _refuse_reserved(self, tags: Mapping[str, str]) -> None:
        reserved = [key for key in tags if key.lower().startswith("aws:")]
        # Service Catalog may give such tags; the name of its session with the launch role tells it apart.
        if reserved and self._caller.session_name != _SERVICE_CATALOG_SESSION:
            raise ValidationError(f"aws: prefixed tag key names are not allowed for external use. ({reserved[0]})")

    def _stored(self, name: str) -> str:
        client = self._cloud.client("ssm", Credentials(self._caller.access_key_id, "forwarded", ""), self._region)
        try:
            return str(client.get_parameter(Name=name)["Parameter"]["Value"])
        except ClientError as error:
            raise ValidationError(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error

    def _by_token(self, wanted: NewStack) -> Stack | None:
        for stack in self.stacks.every(deleted=True):
            if stack.token == wanted.token:
                if stack.name != wanted.name:
                    raise TokenAlreadyExistsError(f"Token {wanted.token} was used for the stack {stack.name}")
                return stack
        return None


def _acknowledged(loaded: template.Template, capabilities: list[str]) -> None:
    for needed in loaded.capabilities:
        accepted = {needed, "CAPABILITY_NAMED_IAM"}
        if not accepted & set(capabilities):
            raise InsufficientCapabilitiesError(f"Requires capabilities : [{needed}]")


def _with_previous(wanted: Mapping[str, str | None], stack: Stack) -> dict[str, str]:
    """Given values; None stands for the value that the stack has."""
    given: dict[str, str] = {}
    for name, value in wanted.items():
        if value is not None:
            given[name] = value
        elif name in stack.values.given:
            given[name] = stack.values.given[name]
        else:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                "key not in the previous template"
            )
    return given


def _same_types(stack: Stack, made: plan.Plan) -> None:
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


def _same(old: Values, new: Values) -> bool:
    return (
        old.template.data == new.template.data
        and dict(old.given) == dict(new.given)
        and dict(old.resolved) == dict(new.resolved)
        and dict(old.tags) == dict(new.tags)
    )
