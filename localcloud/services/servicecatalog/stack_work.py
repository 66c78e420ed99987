"""The stack's part of a launch: started with the launch's identity, followed to its end, told in the record."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.policies import role_allows
from localcloud.principals import Credentials
from localcloud.services import cloudformation
from localcloud.services.servicecatalog.models import ProvisionedProduct, Record, now
from localcloud.services.servicecatalog.stack_failure import describe

_ACTIONS = {
    "PROVISION_PRODUCT": "cloudformation:CreateStack",
    "UPDATE_PROVISIONED_PRODUCT": "cloudformation:UpdateStack",
    "TERMINATE_PROVISIONED_PRODUCT": "cloudformation:DeleteStack",
}


def stack_name(provisioned: ProvisionedProduct) -> str:
    """The name of a provisioned product's stack."""
    return f"SC-{provisioned.arn.split(':')[4]}-{provisioned.id}"


class StackWork:
    """Stacks of one region."""

    def __init__(self, cloud: Cloud, region: str) -> None:
        self._cloud = cloud
        self._region = region

    def run(
        self,
        record: Record,
        provisioned: ProvisionedProduct,
        identity: Credentials,
        start: Callable[[Any], bool],
        succeeded: Callable[[], None],
        *,
        failed: str,
        on_failure: Callable[[], None] | None = None,
    ) -> None:
        """Do the stack's part in the background and bring record and provisioned product to their end.

        Args:
            record: what is told.
            provisioned: what it is about.
            identity: the launch's.
            start: begins the stack's operation with a CloudFormation client; False when there is nothing to do.
            succeeded: called before the record says so.
            failed: the provisioned product's status after a failure.
            on_failure: called after the record says so.

        """
        provisioned.status, provisioned.message = "UNDER_CHANGE", None
        provisioned.last_record = record.id
        if record.type != "TERMINATE_PROVISIONED_PRODUCT":
            provisioned.last_provisioning_record = record.id

        def run() -> None:
            record.status, record.updated = "IN_PROGRESS", now()
            reason: str | None
            try:
                client = self._cloud.client("cloudformation", identity, self._region)
                outputs, reason = provisioned.outputs, self._denied(record, provisioned, identity.role_arn)
                if reason is None and start(client):
                    self._settle(provisioned)
                    outputs, reason = describe(client, str(provisioned.stack_id))
            except ClientError as error:
                outputs, reason = [], f"AmazonCloudFormationException {error.response['Error']['Message']}"
            except Exception as error:  # a fault of ours must not leave a record in progress for ever
                self._fail(record, provisioned, f"InternalFailure: {error!r}", failed)
                raise
            if reason is not None:
                self._fail(record, provisioned, reason, failed)
                if on_failure is not None:
                    on_failure()
                return
            record.outputs = provisioned.outputs = outputs
            succeeded()
            provisioned.status = "AVAILABLE"
            record.status, record.updated = "SUCCEEDED", now()

        self._cloud.spawn(f"servicecatalog-{record.id}", run)

    def _denied(self, record: Record, provisioned: ProvisionedProduct, role_arn: str) -> str | None:
        """Why the launch's role may not do the stack's part, as AWS says it; None when it may."""
        account = provisioned.arn.split(":")[4]
        stack = f"arn:aws:cloudformation:{self._region}:{account}:stack/{stack_name(provisioned)}/*"
        for action in (_ACTIONS[record.type], "cloudformation:DescribeStacks"):
            if role_arn and not role_allows(role_arn, action, stack):
                return (
                    f"AmazonCloudFormationException User: {role_arn} is not authorized to perform: {action} "
                    f"on resource: {stack}"
                )
        return None

    @staticmethod
    def _fail(record: Record, provisioned: ProvisionedProduct, reason: str, status: str) -> None:
        provisioned.status, provisioned.message = status, reason
        record.errors = [{"Code": "InternalFailure", "Description": reason}]
        record.status, record.updated = "FAILED", now()

    def _settle(self, provisioned: ProvisionedProduct) -> None:
        stack = cloudformation.of(self._cloud, provisioned.arn.split(":")[4], self._region).find(
            str(provisioned.stack_id)
        )
        while not stack.settled.wait(0.2) or stack.deletion_requested:
            if self._cloud.stopping:
                return
