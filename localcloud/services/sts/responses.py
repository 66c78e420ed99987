"""AssumeRole; everything else is moto's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

import json
from typing import Any

from localcloud import identity
from localcloud.principals import Principal
from localcloud.resource_policies import permits_caller
from localcloud.responses import ActionResult, LocalResponse, ServiceError, operations

_ACTION = "sts:AssumeRole"
_TAG = "sts:TagSession"
_DEFAULT_SECONDS = 3600


@operations("sts")
class AssumeRoleResponse(LocalResponse):
    """AssumeRole, which moto grants to anybody, of any role."""

    def assume_role(self) -> ActionResult:
        """Credentials of a session of a role of this or another account."""
        role_arn, session = self.params["RoleArn"], self.params["RoleSessionName"]
        role = identity.find_role(role_arn) if role_arn.count(":") == 5 else None
        tags = tuple((tag["Key"], tag["Value"]) for tag in self.params.get("Tags") or [])
        known = {f"aws:RequestTag/{name}": value for name, value in tags}
        external = {"sts:ExternalId": self.params["ExternalId"]} if self.params.get("ExternalId") else {}
        if role is None:
            raise self._refused(_ACTION, role_arn)
        if not trusts(role, self.caller, {**known, **external}):
            raise self._refused(_ACTION, role_arn)
        if tags and not trusts(role, self.caller, known, _TAG):  # knows no external id: AWS's reference
            raise self._refused(_TAG, role_arn)
        seconds = int(self.params.get("DurationSeconds") or _DEFAULT_SECONDS)
        if seconds > int(role.max_session_duration or _DEFAULT_SECONDS):
            raise ServiceError(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            )
        given = self.cloud.principals.assume(role_arn, session, seconds=seconds, tags=tags)
        name = role_arn.rsplit("/", 1)[-1]
        account_id = role_arn.split(":")[4]
        return ActionResult(
            {
                "Credentials": {
                    "AccessKeyId": given.access_key_id,
                    "SecretAccessKey": given.secret_access_key,
                    "SessionToken": given.session_token,
                    "Expiration": given.expiration,
                },
                "AssumedRoleUser": {
                    "AssumedRoleId": f"{role.id}:{session}",
                    "Arn": f"arn:aws:sts::{account_id}:assumed-role/{name}/{session}",
                },
                "PackedPolicySize": 0,
            }
        )

    def _refused(self, action: str, role_arn: str) -> ServiceError:
        return ServiceError(
            "AccessDenied",
            f"User: {self.caller.arn} is not authorized to perform: {action} on resource: {role_arn}",
        )


def trusts(role: Any, caller: Principal, more: dict[str, str], action: str = _ACTION) -> bool:
    """Whether a role's trust policy and, where it takes them, the caller's own policies let it be assumed.

    A trust policy that names the caller itself is enough within an account. One that names the account, or another
    account's principal, leaves it to the caller's policies as well. Giving the session tags is an action of its
    own, ``sts:TagSession``, that is allowed in the same way.
    """
    document = role.assume_role_policy_document
    policy = json.loads(document) if isinstance(document, str) else document
    known = {**identity.context(caller), **more}
    itself = {caller.arn, *filter(None, (caller.role_arn,))}
    same = caller.account_id == role.arn.split(":")[4]
    if same and permits_caller(policy, itself, action, role.arn, known):
        return True
    return permits_caller(
        policy, identity.names(caller), action, role.arn, known
    ) and identity.allowed_by_identity(caller, action, role.arn)
