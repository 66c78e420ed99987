"""CloudFormation's operations on stacks."""

import re

from localcloud.policies import role_allows
from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.cloudformation import (
    change_set_responses,
    registry_responses,
    template_responses,
    template_url,
    views,
)
from localcloud.services.cloudformation.errors import AccessDeniedError, ValidationError
from localcloud.services.cloudformation.inputs import forwarded
from localcloud.services.cloudformation.pages import page
from localcloud.services.cloudformation.requests import ChangedStack, NewStack
from localcloud.services.cloudformation.stack import Stack
from localcloud.services.cloudformation.template_responses import WithTemplates

__all__ = ["StackResponses", "change_set_responses", "registry_responses", "template_responses"]

_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


@operations("cloudformation")
class StackResponses(WithTemplates):
    """Create, update, delete and describe stacks."""

    def create_stack(self) -> ActionResult:
        """CreateStack."""
        name = self.params["StackName"]
        if not _STACK_NAME.fullmatch(name):
            raise ValidationError(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        stack = self._engine.create(
            NewStack(
                name=name,
                body=self._body(),
                parameters=self._new_parameters(),
                tags=self._tags() or {},
                role_arn=self.params.get("RoleARN"),
                capabilities=self.params.get("Capabilities") or [],
                notification_arns=self.params.get("NotificationARNs") or [],
                on_failure=self._on_failure(),
                termination_protection=bool(self.params.get("EnableTerminationProtection")),
                timeout_minutes=self.params.get("TimeoutInMinutes"),
                token=self.params.get("ClientRequestToken"),
            )
        )
        return ActionResult({"StackId": stack.stack_id})

    def update_stack(self) -> ActionResult:
        """UpdateStack."""
        stack = self._find(self.params["StackName"])
        previous = bool(self.params.get("UsePreviousTemplate"))
        self._engine.update(
            stack,
            ChangedStack(
                body=None if previous else self._body(),
                parameters=self._changed_parameters(),
                tags=self._tags(),
                role_arn=self.params.get("RoleARN"),
                capabilities=self.params.get("Capabilities"),
                notification_arns=self.params.get("NotificationARNs"),
                disable_rollback=bool(self.params.get("DisableRollback")),
                token=self.params.get("ClientRequestToken"),
            ),
        )
        return ActionResult({"StackId": stack.stack_id})

    def delete_stack(self) -> ActionResult:
        """DeleteStack; deleting what does not exist succeeds."""
        try:
            stack = self._find(self.params["StackName"])
        except ValidationError:
            return EmptyResult()
        self._engine.delete(
            stack,
            role_arn=self.params.get("RoleARN"),
            retained=frozenset(self.params.get("RetainResources") or []),
            token=self.params.get("ClientRequestToken"),
        )
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        """DescribeStacks."""
        name = self.params.get("StackName")
        if name:
            self._refuse("DescribeStacks", name if name.startswith("arn:") else self._arn(f"{name}/*"))
            return ActionResult({"Stacks": [views.stack(self._find(name))]})
        self._refuse("DescribeStacks", self._arn("*/*"))
        found, token = page(self._engine.stacks.every(), self.params.get("NextToken"))
        return ActionResult({"Stacks": [views.stack(item) for item in found], "NextToken": token})

    def list_stacks(self) -> ActionResult:
        """ListStacks."""
        wanted = self.params.get("StackStatusFilter")
        every = [item for item in self._engine.stacks.every(deleted=True) if not wanted or item.status in wanted]
        found, token = page(every, self.params.get("NextToken"))
        return ActionResult({"StackSummaries": [views.summary(item) for item in found], "NextToken": token})

    def describe_stack_events(self) -> ActionResult:
        """DescribeStackEvents, newest first."""
        stack = self._find(self.params["StackName"])
        found, token = page(stack.events[::-1], self.params.get("NextToken"))
        return ActionResult({"StackEvents": [views.event(item) for item in found], "NextToken": token})

    def describe_stack_resource(self) -> ActionResult:
        """DescribeStackResource."""
        stack = self._find(self.params["StackName"])
        logical_id = self.params["LogicalResourceId"]
        if logical_id not in stack.resources:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        shown = views.resource(stack, stack.resources[logical_id], time_name="LastUpdatedTimestamp")
        return ActionResult({"StackResourceDetail": shown})

    def describe_stack_resources(self) -> ActionResult:
        """DescribeStackResources, by stack or by one of its resources."""
        physical_id, logical_id = self.params.get("PhysicalResourceId"), self.params.get("LogicalResourceId")
        if name := self.params.get("StackName"):
            stack = self._find(name)
        elif physical_id:
            stack = self._owner(physical_id)
        else:
            raise ValidationError("Stack name or physical resource id must be specified")
        found = [
            views.resource(stack, item)
            for item in list(stack.resources.values())
            if (not logical_id or item.planned.logical_id == logical_id) and item.status
        ]
        return ActionResult({"StackResources": found})

    def list_stack_resources(self) -> ActionResult:
        """ListStackResources."""
        stack = self._find(self.params["StackName"])
        every = [item for item in list(stack.resources.values()) if item.status]
        found, token = page(every, self.params.get("NextToken"))
        summaries = [views.resource(stack, item, time_name="LastUpdatedTimestamp") for item in found]
        return ActionResult({"StackResourceSummaries": summaries, "NextToken": token})

    def list_exports(self) -> ActionResult:
        """ListExports."""
        every = [
            {"ExportingStackId": stack.stack_id, "Name": name, "Value": value}
            for name, (value, stack) in sorted(self._engine.stacks.exports().items())
        ]
        found, token = page(every, self.params.get("NextToken"))
        return ActionResult({"Exports": found, "NextToken": token})

    def set_stack_policy(self) -> ActionResult:
        """SetStackPolicy: kept, not enforced."""
        body, url = self.params.get("StackPolicyBody"), self.params.get("StackPolicyURL")
        if (body is None) == (url is None):
            raise ValidationError("You must specify either StackPolicyURL or StackPolicyBody")
        stack = self._find(self.params["StackName"])
        identity = forwarded(self.caller)
        stack.policy = body if body is not None else template_url.read(self.cloud, str(url), identity, self.region)
        return EmptyResult()

    def get_stack_policy(self) -> ActionResult:
        """GetStackPolicy."""
        return ActionResult({"StackPolicyBody": self._find(self.params["StackName"]).policy})

    def update_termination_protection(self) -> ActionResult:
        """UpdateTerminationProtection."""
        stack = self._find(self.params["StackName"])
        stack.termination_protection = bool(self.params["EnableTerminationProtection"])
        return ActionResult({"StackId": stack.stack_id})

    def cancel_update_stack(self) -> ActionResult:
        """CancelUpdateStack: the update stops where it is and is rolled back."""
        stack = self._find(self.params["StackName"])
        if stack.status != "UPDATE_IN_PROGRESS":
            raise ValidationError("CancelUpdateStack cannot be called from current stack status")
        stack.cancelled.set()
        return EmptyResult()

    def continue_update_rollback(self) -> ActionResult:
        """ContinueUpdateRollback: go on with a rollback that failed, without the resources to skip."""
        stack = self._find(self.params["StackName"])
        skipped = frozenset(self.params.get("ResourcesToSkip") or [])
        self._engine.continue_rollback(stack, skipped, self.params.get("RoleARN"))
        return EmptyResult()

    def _find(self, name: str) -> Stack:
        return self._engine.stacks.find(name)

    def _arn(self, stack: str) -> str:
        return f"arn:aws:cloudformation:{self.region}:{self.current_account}:stack/{stack}"

    def _refuse(self, action: str, resource: str) -> None:
        """Refuse a role whose policies do not allow an action: functions and builds would fail like this on AWS.

        Raises:
            AccessDeniedError: it may not.

        """
        role_arn = self.caller.role_arn
        if role_arn and not role_allows(role_arn, f"cloudformation:{action}", resource):
            raise AccessDeniedError(
                f"User: {self.caller.arn} is not authorized to perform: cloudformation:{action} on resource: "
                f"{resource} because no identity-based policy allows the cloudformation:{action} action"
            )

    def _owner(self, physical_id: str) -> Stack:
        for stack in self._engine.stacks.every():
            if any(item.physical_id == physical_id for item in list(stack.resources.values())):
                return stack
        raise ValidationError(f"Stack for {physical_id} does not exist")

    def _on_failure(self) -> str:
        disabled, chosen = self.params.get("DisableRollback"), self.params.get("OnFailure")
        if disabled is not None and chosen is not None:
            raise ValidationError("You can specify either DisableRollback or OnFailure, but not both")
        return chosen or ("DO_NOTHING" if disabled else "ROLLBACK")
