"""Who calls: from an access key to an IAM principal, and credentials for a role."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

_ACCESS_KEY = re.compile(r"Credential=([A-Z0-9]{16,128})/")


class AccessDeniedError(ServiceException):
    """A role cannot be assumed: it does not exist, or its trust policy does not name the caller."""

    code = "AccessDenied"


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    role_arn: str = ""
    expiration: datetime | None = None


@dataclass(frozen=True)
class Principal:
    """The caller of an operation.

    Attributes:
        arn: ``arn:aws:sts::<account>:assumed-role/<role>/<session>``, or a user's ARN.
        role_arn: the IAM role behind a session, else None.
        session_tags: what AssumeRole gave the session, as names and values.

    """

    arn: str
    account_id: str
    access_key_id: str
    role_arn: str | None = None
    session_name: str | None = None
    session_tags: tuple[tuple[str, str], ...] = ()


class Principals:
    """Access keys and roles of the imitated account (kept in moto's IAM and STS)."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region
        self._known: dict[str, Principal] = {}
        self._tags: dict[str, tuple[tuple[str, str], ...]] = {}
        # Hears of each assumption by a service: role, service, the resource on whose behalf; may refuse it.
        self.assumed_by_service: Callable[[str, str, str | None], None] = lambda *_: None

    def of_request(self, authorization: str | None, query_credential: str | None) -> Principal:
        """The principal that signed a request (header or presigned URL); anonymous when unsigned."""
        key = None
        if authorization and (match := _ACCESS_KEY.search(authorization)):
            key = match.group(1)
        elif query_credential:
            key = query_credential.split("/", 1)[0]
        if key is None:
            return Principal(arn="anonymous", account_id=self._account_id, access_key_id="")
        return self.of_access_key(key)

    def of_access_key(self, key: str) -> Principal:
        """The principal to whom an access key belongs.

        Unknown keys belong to the account's root, as the first key of a new account does: the local cloud does
        not check signatures.
        """
        if key in self._known:
            return self._known[key]
        # A snapshot: other threads assume roles while this one looks.
        for account_id, accounts in list(sts_backends.items()):
            for assumed in list(accounts["aws"].assumed_roles):
                if assumed.access_key_id == key:
                    role = assumed.role_arn.rsplit("/", 1)[-1]
                    self._known[key] = Principal(
                        arn=f"arn:aws:sts::{account_id}:assumed-role/{role}/{assumed.session_name}",
                        account_id=account_id,
                        access_key_id=key,
                        role_arn=assumed.role_arn,
                        session_name=assumed.session_name,
                        session_tags=self._tags.get(key, ()),
                    )
                    return self._known[key]
        for account_id, accounts in list(iam_backends.items()):
            for user in list(accounts["aws"].users.values()):
                if any(access_key.access_key_id == key for access_key in user.access_keys):
                    return Principal(arn=user.arn, account_id=account_id, access_key_id=key)
        return Principal(
            arn=f"arn:aws:iam::{self._account_id}:root", account_id=self._account_id, access_key_id=key
        )

    def assume(
        self,
        role_arn: str,
        session_name: str,
        *,
        service: str | None = None,
        source_arn: str | None = None,
        checked: bool = False,
        seconds: int = 3600,
        tags: tuple[tuple[str, str], ...] = (),
    ) -> Credentials:
        """Credentials for a role, as an AWS service or AssumeRole would get them.

        Args:
            role_arn: the role's ARN.
            session_name: becomes the last part of the session's ARN (64 characters are kept).
            service: a service principal such as ``codebuild.amazonaws.com`` that the trust policy must name.
            source_arn: the resource on whose behalf the service acts, where AWS sends ``aws:SourceArn``.
            checked: the service only looks whether it could, without a resource to name yet.
            seconds: how long the credentials are valid.
            tags: of the session, as names and values.

        Raises:
            AccessDeniedError: no such role, or ``service`` is not trusted by it.

        """
        account_id = role_arn.split(":")[4]
        role = self._role(account_id, role_arn)
        if role is None:
            raise AccessDeniedError(f"The role {role_arn} does not exist: sts:AssumeRole is not possible")
        if service is not None and not trusts(role.assume_role_policy_document, service):
            raise AccessDeniedError(
                f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn} "
                "(its trust policy does not name this service)"
            )
        if service is not None and not checked:
            self.assumed_by_service(role_arn, service, source_arn)
        assumed = sts_backends[account_id]["aws"].assume_role(
            region_name=self._region,
            role_session_name=session_name[:64],
            role_arn=role_arn,
            policy="",
            duration=seconds,
            external_id="",
        )
        if tags:
            self._tags[assumed.access_key_id] = tags
        return Credentials(
            access_key_id=assumed.access_key_id,
            secret_access_key=assumed.secret_access_key,
            session_token=assumed.session_token,
            role_arn=role_arn,
            expiration=assumed.expiration,
        )

    @staticmethod
    def _role(account_id: str, role_arn: str) -> Any:
        for role in list(iam_backends[account_id]["aws"].roles.values()):
            if role.arn == role_arn:
                return role
        return None


def trusts(policy_document: str | dict[str, Any], service: str) -> bool:
    """Whether a trust policy lets a service principal assume the role (conditions are not evaluated)."""
    document = json.loads(policy_document) if isinstance(policy_document, str) else policy_document
    statements = document.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        if statement.get("Effect") != "Allow" or "sts:AssumeRole" not in _list(statement.get("Action")):
            continue
        principal = statement.get("Principal", {})
        if isinstance(principal, dict) and service in _list(principal.get("Service")):
            return True
    return False


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
