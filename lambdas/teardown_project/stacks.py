"""The stack that asks: what CloudFormation itself says about it."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from teardown_project.errors import StackUnknown

if TYPE_CHECKING:
    CloudFormationClient = Any


class Stacks:
    """The stacks of projects."""

    def __init__(self, client: "CloudFormationClient") -> None:
        self._client = client

    def status(self, stack_id: str) -> str:
        """The status of a stack, by its ARN; of a deleted one too.

        Raises:
            StackUnknown: there is none, or it could not be looked up.

        """
        try:
            return str(self._client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])
        except (ClientError, BotoCoreError, IndexError) as error:
            raise StackUnknown(
                f"Whether the stack {stack_id} is being updated, rolled back or deleted could not be looked up: "
                f"{error}. Nothing was done; try again."
            ) from error
