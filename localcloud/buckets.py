"""Another account's bucket: what its policy, its objects' keys and the caller's own policies say.

moto lets every account read every bucket. AWS asks the bucket's policy and the caller's, and for an
encrypted object the key's policy as well.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
"""

from typing import Any

from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from localcloud import identity
from localcloud.principals import Principal
from localcloud.resource_policies import permits_caller

# Operations whose permission has another name than themselves.
_ACTIONS = {
    "HeadObject": "s3:GetObject",
    "CopyObject": "s3:PutObject",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "DeleteObjects": "s3:DeleteObject",
}
# Accounts that stand for AWS's services: who may use their buckets is not imitated.
_SERVICES = "000000000"
_READING = ("GetObject", "HeadObject")
_WRITING = ("PutObject", "CreateMultipartUpload", "CopyObject")


def find(name: str, region: str) -> Any:
    """A bucket of any account (their names are global); None when there is none."""
    partition = get_partition(region)
    for backends in list(s3_backends.values()):
        if partition in backends and name in backends[partition].buckets:
            return backends[partition].buckets[name]
    return None


def refusal(caller: Principal, operation: str, name: str, key: str | None, region: str) -> str | None:
    """Why a caller may not do something to a bucket of another account; None when it may, or when it is its own.

    Args:
        caller: who calls.
        operation: S3's, such as ``GetObject``.
        name: the bucket's.
        key: the object's, when it is about one.
        region: of the request.

    """
    bucket = find(name, region)
    if bucket is None or bucket.account_id == caller.account_id or not caller.access_key_id:
        return None
    if bucket.account_id.startswith(_SERVICES):
        return None
    action = _ACTIONS.get(operation, f"s3:{operation}")
    arn = f"arn:{get_partition(region)}:s3:::{name}"
    resource = f"{arn}/{key}" if key and not action.startswith("s3:ListBucket") else arn
    return reading_refusal(caller, bucket, action, resource, key if operation in _READING else None)


def reading_refusal(caller: Principal, bucket: Any, action: str, resource: str, key: str | None) -> str | None:
    """Why a caller may not do ``action`` in a bucket, and decrypt the object ``key``; None when it may."""
    policy = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    if bucket.account_id == caller.account_id:
        if not identity.allowed_by_identity(caller, action, resource):
            return _words(caller, action, resource, "no identity-based policy allows")
    elif not identity.allowed_by_identity(caller, action, resource):
        return _words(caller, action, resource, "no identity-based policy allows")
    elif not identity.allowed_across_accounts(caller, policy, action, resource):
        return _words(caller, action, resource, "no resource-based policy allows")
    item = bucket.keys.get(key) if key else None
    key_id = getattr(item, "kms_key_id", None)
    if not key_id:
        return None
    # With a bucket key, S3 asks the key in the bucket's name.
    about = resource.split("/", 1)[0] if getattr(item, "bucket_key_enabled", None) else resource
    return _key_refusal(caller, bucket, key_id, about)


def _key_refusal(caller: Principal, bucket: Any, key_id: str, about: str) -> str | None:
    """Why a caller may not decrypt ``about`` with its key; AWS's own keys are nobody's but their account's."""
    account_id, region = bucket.account_id, bucket.region_name
    if key_id.startswith("arn:"):
        _, _, _, region, account_id, _ = key_id.split(":", 5)
    backend = kms_backends[account_id][region]
    if "alias/" in key_id:
        found = backend.get_key_id_from_alias(key_id[key_id.index("alias/") :])
    else:
        found = key_id.rsplit("/", 1)[-1]
    key = backend.keys.get(found or "")
    if key is None:
        return None if account_id == caller.account_id else _words(caller, "kms:Decrypt", key_id, "no key lets")
    through_s3 = {
        "kms:ViaService": f"s3.{region}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": about,
    }
    if key.account_id == caller.account_id:
        # Within an account either of both is enough; the account's name in the key's policy leaves it to IAM.
        itself = {caller.arn, *filter(None, (caller.role_arn,))}
        known = {**identity.context(caller), **through_s3}
        allowed = identity.allowed_by_identity(caller, "kms:Decrypt", key.arn) or permits_caller(
            key.policy, itself, "kms:Decrypt", key.arn, known
        )
    else:
        allowed = identity.allowed_across_accounts(caller, key.policy, "kms:Decrypt", key.arn, through_s3)
    return None if allowed else _words(caller, "kms:Decrypt", key.arn, "no resource-based policy allows")


def _words(caller: Principal, action: str, resource: str, why: str) -> str:
    return (
        f'User: {caller.arn} is not authorized to perform: {action} on resource: "{resource}" because {why} '
        f"the {action} action"
    )
