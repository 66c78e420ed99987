"""What IAM is asked about each call, written into the call log with it."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iam.operations import Authorization, UnknownCallError, authorizations
from iam.request import Context, Request
from localcloud import identity
from localcloud.authorization.account import AccountState, owner_of
from localcloud.authorization.policies import PolicyBook

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_log = logging.getLogger(__name__)
_OF_TRUST = ("sts:AssumeRole", "sts:TagSession")


class Questions:
    """Makes IAM's questions out of calls, with the policies that stand at that moment.

    The platform engineers' roles may do everything, so there is nothing to ask about them.
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
        session_tags: tuple[tuple[str, str], ...] = (),
        user_arn: str | None = None,
    ) -> dict[str, Any]:
        """The call log's ``authorization``: ``policies`` and ``authorizations``; empty for whom IAM is not asked.

        It is not asked about the platform engineers' roles and the root, who may do everything, nor about
        anonymous callers, whom presigned URLs and resources' own policies let in.

        A call that cannot be translated has ``unknown``, which says why. ``principal`` has the condition keys
        about the caller's tags: the role's, and those of its session.
        """
        caller = role_arn or user_arn
        if caller is None or caller in (self._cloud.administrator_arn, self._cloud.member_account_role_arn):
            return {}
        account_id = caller.split(":")[4]
        own, boundary = self.book.of_role(caller) if role_arn else (self.book.of_user(caller), None)
        policies = {"identity": own, "boundary": boundary}
        request = Request(service, operation, parameters, region, account_id, context or {})
        try:
            found = authorizations(request, AccountState(self._cloud, account_id, region))
        except UnknownCallError as error:
            return {"policies": policies, "unknown": str(error)}
        except Exception as error:  # noqa: BLE001 - the log is about the call: it goes on, and the audit shows this
            _log.exception("%s:%s", service, operation)
            return {"policies": policies, "unknown": repr(error)}
        for item in found:
            if item.action == "iam:PassRole" and self.book.of_trust(item.resource) is not None:
                self.book.write_role(item.resource)  # it may never ask for anything, and be gone at the end
        return {
            "policies": policies,
            "principal": identity.tags(role_arn, session_tags) if role_arn else {},
            "authorizations": [self._asked(item, account_id) for item in found],
        }

    def _asked(self, item: Authorization, account_id: str) -> dict[str, Any]:
        owner = owner_of(item.resource, account_id)
        if owner not in (self._cloud.account_id, self._cloud.settings.member_account_id):
            owner = account_id  # AWS's own (Service Catalog's templates): how AWS lets people in is AWS's matter
        asked = {"action": item.action, "resource": item.resource, "context": item.context, "account": owner}
        if item.action in _OF_TRUST:
            return asked | {"resource_policy": self.book.of_trust(item.resource)}
        return asked | {"resource_policy": self.book.of_resource(item.resource, owner)}
