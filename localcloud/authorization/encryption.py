"""Under which customer keys things lie, and what their services tell AWS KMS about them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from moto.s3.models import s3_backends

from iam.request import Context

_READING = ("GetObject", "HeadObject")


def bucket_of(parameters: Mapping[str, Any]) -> Any:
    """The bucket of a request, whichever account it belongs to; None when there is none."""
    name = parameters.get("Bucket")
    place = s3_backends.bucket_accounts.get(name)
    return None if place is None else s3_backends[place[1]][place[0]].buckets.get(name)


def of_object(operation: str, parameters: Mapping[str, Any]) -> list[tuple[str | None, Context]]:
    """The key of an object that is read, or of one that is about to be written.

    The encryption context is the bucket's ARN with a bucket key, else the object's
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
    """
    bucket = bucket_of(parameters)
    if bucket is None or parameters.get("SSECustomerAlgorithm"):
        return []
    name = unquote(str(parameters.get("Key")))
    if operation in _READING:
        item = bucket.keys.get(name)
        if getattr(item, "encryption", None) != "aws:kms":  # a deletion marker has none
            return []
        key, bucket_key = item.kms_key_id, item.bucket_key_enabled
    else:
        default = (bucket.encryption or {}).get("Rule") or {}
        default = default[0] if isinstance(default, list) else default
        chosen = parameters.get("ServerSideEncryption")
        rule = default.get("ApplyServerSideEncryptionByDefault") or {}
        if (chosen or rule.get("SSEAlgorithm")) != "aws:kms":
            return []
        key = parameters.get("SSEKMSKeyId") or rule.get("KMSMasterKeyID")
        bucket_key = default.get("BucketKeyEnabled")
    on = str(bucket_key).lower() == "true"
    arn = f"arn:aws:s3:::{bucket.name}" if on else f"arn:aws:s3:::{bucket.name}/{name}"
    return [(key, {"kms:EncryptionContext:aws:s3:arn": arn})]
