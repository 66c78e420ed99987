"""The policies that stand at the moment of a call, each written down once."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.awslambda.utils import get_backend as lambda_backend
from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends


class PolicyBook:
    """Gives each policy document an id (``<name>@<digest>``) and appends it to a file when it is new."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._file = path.open("w", encoding="utf-8")
        self.documents: dict[str, Any] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._roles: dict[str, str] = {}

    def of_role(self, role_arn: str) -> tuple[list[str], str | None]:
        """Ids of a role's identity-based policies and of its permissions boundary."""
        iam = iam_backends[role_arn.split(":")[4]]["aws"]
        role = next((item for item in list(iam.roles.values()) if item.arn == role_arn), None)
        if role is None:
            return [], None
        identity = self._of_holder(role)
        boundary = iam.managed_policies.get(role.permissions_boundary_arn)
        if role.permissions_boundary_arn and boundary is None:
            return identity, self._id("missing-boundary", '{"Version": "2012-10-17", "Statement": []}')
        return identity, self._id(boundary.name, _default(boundary)) if boundary else None

    def of_user(self, user_arn: str) -> list[str]:
        """Ids of the identity-based policies of a user and of its groups; moto knows no boundaries of users."""
        iam = iam_backends[user_arn.split(":")[4]]["aws"]
        user = next((item for item in list(iam.users.values()) if item.arn == user_arn), None)
        if user is None:
            return []
        groups = [group for group in list(iam.groups.values()) if user in group.users]
        return [identifier for holder in (user, *groups) for identifier in self._of_holder(holder)]

    def _of_holder(self, holder: Any) -> list[str]:
        own = [self._id(name, document) for name, document in sorted(holder.policies.items())]
        managed = sorted(holder.managed_policies.items())
        return own + [self._id(arn.rsplit("/", 1)[-1], _default(policy)) for arn, policy in managed]

    def of_resource(self, arn: str, account_id: str) -> str | None:
        """Id of a resource's own policy; None when it has none, or its kind knows none."""
        document = _resource_policy(arn, account_id)
        return None if document is None else self._id(f"{arn.split(':')[2]}-policy", document)

    def of_trust(self, role_arn: str) -> str | None:
        """Id of a role's trust policy."""
        for role in list(iam_backends[role_arn.split(":")[4]]["aws"].roles.values()):
            if role.arn == role_arn:
                return self._id(f"{role.name}-trust", role.assume_role_policy_document)
        return None

    def _id(self, name: str, document: Any) -> str:
        text = document if isinstance(document, str) else json.dumps(document, sort_keys=True)
        key = (name, text)
        with self._lock:
            if (known := self._ids.get(key)) is not None:
                return known
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            identifier = self._ids[key] = f"{name}@{digest}"
            self.documents[identifier] = json.loads(text)
            if not self._file.closed:
                line = {"id": identifier, "name": name, "document": self.documents[identifier]}
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()
            return identifier

    def write_roles(self, account_id: str) -> None:
        """Write down which policies every role of an account has: also of those that never asked for anything."""
        for role in list(iam_backends[account_id]["aws"].roles.values()):
            self.write_role(role.arn)

    def write_resources(self, account_id: str) -> None:
        """Write down the policies of an account's resources: also of those that nobody ever asked for anything."""
        for arn in _with_policies(account_id):
            if (policy := self.of_resource(arn, account_id)) is not None:
                with self._lock:
                    if not self._file.closed:
                        self._file.write(json.dumps({"resource": arn, "policy": policy}) + "\n")

    def write_role(self, role_arn: str) -> None:
        """Write down which policies a role has, if they are others than were written last."""
        identity, boundary = self.of_role(role_arn)
        line = json.dumps(
            {"role": role_arn, "identity": identity, "boundary": boundary, "trust": self.of_trust(role_arn)}
        )
        with self._lock:
            if not self._file.closed and self._roles.get(role_arn) != line:
                self._roles[role_arn] = line
                self._file.write(line + "\n")
                self._file.flush()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


def _default(policy: Any) -> Any:
    return next(item for item in policy.versions if item.version_id == policy.default_version_id).document


def _with_policies(account_id: str) -> Iterator[str]:
    """Buckets, keys, functions, secrets, topics and queues of an account, in all regions."""
    yield from (f"arn:aws:s3:::{name}" for name in list(s3_backends[account_id]["aws"].buckets))
    for region in list(kms_backends[account_id]):
        yield from (str(key.arn) for key in list(kms_backends[account_id][region].keys.values()))
    for region in list(lambda_backends[account_id]):
        yield from (str(item.function_arn) for item in lambda_backend(account_id, region).list_functions())
    for region in list(secretsmanager_backends[account_id]):
        yield from (str(item.arn) for item in list(secretsmanager_backends[account_id][region].secrets.values()))
    for region in list(sns_backends[account_id]):
        yield from list(sns_backends[account_id][region].topics)
    for region in list(sqs_backends[account_id]):
        yield from (str(queue.queue_arn) for queue in list(sqs_backends[account_id][region].queues.values()))


def _resource_policy(arn: str, account_id: str) -> Any:
    if arn == "*":
        return None
    _, _, service, region, _, name = arn.split(":", 5)
    try:
        return next(_found(service, region, account_id, arn, name), None)
    except (KeyError, ServiceException):
        return None


def _found(service: str, region: str, account_id: str, arn: str, name: str) -> Iterator[Any]:
    if service == "s3":
        bucket = s3_backends[account_id]["aws"].buckets.get(name.split("/", 1)[0])
        if bucket is not None and bucket.policy:
            yield bucket.policy.decode()
    elif service == "kms":
        key = kms_backends[account_id][region].keys.get(name.rsplit("/", 1)[-1])
        if key is not None:
            yield key.policy
    elif service == "lambda":
        backend = lambda_backend(account_id, region)
        for function in backend.list_functions():
            if function.function_name == name.split(":")[1] and function.policy.statements:
                yield {"Version": "2012-10-17", "Statement": function.policy.statements}
    elif service == "secretsmanager":
        for secret in list(secretsmanager_backends[account_id][region].secrets.values()):
            if secret.arn == arn and secret.policy:
                yield secret.policy
    elif service == "sns":
        yield sns_backends[account_id][region].topics[arn].policy or None
    elif service == "sqs":
        yield sqs_backends[account_id][region].get_queue(name).policy or None
