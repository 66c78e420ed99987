"""Replication is told as it was made."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_rule_keeps_what_it_says_about_encrypted_objects(cloud: Any) -> None:
    s3 = cloud.client("s3")
    for name in ("replication-from", "replication-to"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "everything",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": "arn:aws:s3:::replication-to",
            "StorageClass": "STANDARD_IA",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:eu-west-1:123456789012:key/1"},
        },
    }
    given = {"Role": "arn:aws:iam::123456789012:role/copies", "Rules": [rule]}
    with pytest.raises(ClientError, match="ReplicationConfigurationNotFound"):
        s3.get_bucket_replication(Bucket="replication-from")

    s3.put_bucket_replication(Bucket="replication-from", ReplicationConfiguration=given)

    assert s3.get_bucket_replication(Bucket="replication-from")["ReplicationConfiguration"] == given
