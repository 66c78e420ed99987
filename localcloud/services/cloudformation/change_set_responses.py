"""CloudFormation's operations on change sets."""

from typing import Any

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.cloudformation import change_sets, views
from localcloud.services.cloudformation.change_set import ChangeSet
from localcloud.services.cloudformation.engine import REVIEWED
from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.pages import page
from localcloud.services.cloudformation.requests import ChangedStack, NewStack
from localcloud.services.cloudformation.stack import Stack
from localcloud.services.cloudformation.template_responses import WithTemplates


@operations("cloudformation")
class ChangeSetResponses(WithTemplates):
    """Create, describe, execute and delete change sets."""

    def create_change_set(self) -> ActionResult:
        """CreateChangeSet, for a new or an existing stack."""
        kind = self.params.get("ChangeSetType") or "UPDATE"
        name, description = self.params["ChangeSetName"], self.params.get("Description")
        if kind == "CREATE":
            made = change_sets.for_new_stack(self._reviewed(), name, description)
        elif kind == "UPDATE":
            stack = self._engine.stacks.find(self.params["StackName"])
            made = change_sets.for_update(self._engine, stack, self._wanted(), name, description)
        else:
            raise ValidationError(f"The local cloud has no change sets of type {kind}")
        self._engine.stacks.change_sets.add(made)
        return ActionResult({"Id": made.id, "StackId": made.stack.stack_id})

    def describe_change_set(self) -> ActionResult:
        """DescribeChangeSet."""
        found = self._found()
        shown = _summary(found) | {
            "Parameters": views.parameter_values(found.values),
            "Capabilities": found.stack.capabilities,
            "Tags": [{"Key": key, "Value": value} for key, value in found.values.tags.items()],
            "Changes": found.changes,
        }
        return ActionResult(shown)

    def execute_change_set(self) -> ActionResult:
        """ExecuteChangeSet."""
        change_sets.execute(self._engine, self._found())
        return EmptyResult()

    def delete_change_set(self) -> ActionResult:
        """DeleteChangeSet."""
        self._engine.stacks.change_sets.discard(self._found())
        return EmptyResult()

    def list_change_sets(self) -> ActionResult:
        """ListChangeSets."""
        stack = self._engine.stacks.find(self.params["StackName"])
        every = [_summary(item) for item in self._engine.stacks.change_sets.of_stack(stack)]
        found, token = page(every, self.params.get("NextToken"))
        return ActionResult({"Summaries": found, "NextToken": token})

    def _found(self) -> ChangeSet:
        name = self.params.get("StackName")
        stack = self._engine.stacks.find(name) if name else None
        return self._engine.stacks.change_sets.find(self.params["ChangeSetName"], stack)

    def _reviewed(self) -> Stack:
        """The stack in review that the change set creates: the one that waits already, or a new one."""
        name = self.params["StackName"]
        for stack in self._engine.stacks.every():
            if stack.name == name and stack.status == REVIEWED:
                self._engine.delete(stack)
                stack.settled.wait(5.0)
        return self._engine.review(
            NewStack(
                name=name,
                body=self._body(),
                parameters=self._new_parameters(),
                tags=self._tags() or {},
                role_arn=self.params.get("RoleARN"),
                capabilities=self.params.get("Capabilities") or [],
                notification_arns=self.params.get("NotificationARNs") or [],
                on_failure=self.params.get("OnStackFailure") or "ROLLBACK",
            )
        )

    def _wanted(self) -> ChangedStack:
        return ChangedStack(
            body=None if self.params.get("UsePreviousTemplate") else self._body(),
            parameters=self._changed_parameters(),
            tags=self._tags(),
            role_arn=self.params.get("RoleARN"),
            capabilities=self.params.get("Capabilities"),
            notification_arns=self.params.get("NotificationARNs"),
            disable_rollback=self.params.get("OnStackFailure") == "DO_NOTHING",
        )


def _summary(shown: ChangeSet) -> dict[str, Any]:
    summary = {
        "ChangeSetId": shown.id,
        "ChangeSetName": shown.name,
        "StackId": shown.stack.stack_id,
        "StackName": shown.stack.name,
        "Description": shown.description,
        "CreationTime": shown.created,
        "ExecutionStatus": shown.execution,
        "Status": shown.status,
        "StatusReason": shown.reason,
    }
    return {key: value for key, value in summary.items() if value is not None}
