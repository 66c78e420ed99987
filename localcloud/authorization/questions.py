"""What IAM is asked about each call, written into the call log with it."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iam.operations import Context, Request, UnknownCallError, authorizations
from localcloud.authorization.account import AccountState
from localcloud.authorization.policies import PolicyBook

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_log = logging.getLogger(__name__)


class Questions:
    """Makes IAM's questions out of calls, with the policies that stand at that moment.

    The platform engineer's role may do everything, so there is nothing to ask about it.
    """

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self.book = PolicyBook(cloud.directory / "policies.jsonl")

    def of_assumption(self, role_arn: str, source_arn: str | None) -> dict[str, Any]:
        """The same for a service that assumes a role: the role's trust policy decides."""
        account_id = role_arn.split(":")[4]
        context: Context = {"aws:SourceAccount": account_id} if source_arn else {}
        if source_arn:
            context["aws:SourceArn"] = source_arn
        return {
            "policies": {"identity": [], "boundary": None},
            "authorizations": [
                {
                    "action": "sts:AssumeRole",
                    "resource": role_arn,
                    "context": context,
                    "resource_policy": self.book.of_trust(role_arn),
                }
            ],
        }

    def of_call(
        self,
        role_arn: str | None,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str,
        context: Context | None = None,
    ) -> dict[str, Any]:
        """The call log's ``authorization``: ``policies`` and ``authorizations``; empty for whom IAM is not asked.

        A call that cannot be translated has ``unknown``, which says why.
        """
        if role_arn is None or role_arn == self._cloud.administrator_arn:
            return {}
        account_id = role_arn.split(":")[4]
        identity, boundary = self.book.of_role(role_arn)
        policies = {"identity": identity, "boundary": boundary}
        request = Request(service, operation, parameters, region, account_id, context or {})
        try:
            found = authorizations(request, AccountState(self._cloud, account_id, region))
        except UnknownCallError as error:
            return {"policies": policies, "unknown": str(error)}
        except Exception as error:  # noqa: BLE001 - the log is about the call: it goes on, and the audit shows this
            _log.exception("%s:%s", service, operation)
            return {"policies": policies, "unknown": repr(error)}
        return {
            "policies": policies,
            "authorizations": [
                {
                    "action": item.action,
                    "resource": item.resource,
                    "context": item.context,
                    "resource_policy": self.book.of_resource(item.resource, account_id),
                }
                for item in found
            ],
        }
