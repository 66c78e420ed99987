"""What a person does to a project's state and locks: damaging them, and what docs/operations.md says."""

import hashlib

from chaos import evidence
from chaos.row import Moment

PERSON = "host/ada@her-laptop"


def wipe(moment: Moment) -> None:
    """Somebody deletes the state."""
    moment.room.engineer("s3").delete_object(Bucket=moment.room.state_bucket, Key=moment.project.state_key)
    moment.struck += 1


def damage(moment: Moment) -> None:
    """Somebody writes something else over the state."""
    moment.room.engineer("s3").put_object(
        Bucket=moment.room.state_bucket, Key=moment.project.state_key, Body=b'{"version": 4, "resour'
    )
    moment.struck += 1


def restore(moment: Moment) -> None:
    """The newest version that can be read comes back, and its checksum into the table ("A damaged state")."""
    room, key = moment.room, moment.project.state_key
    s3 = room.engineer("s3")
    versions = s3.list_object_versions(Bucket=room.state_bucket, Prefix=key).get("Versions", [])
    for version in sorted(versions, key=lambda one: one["LastModified"], reverse=True):
        text = s3.get_object(Bucket=room.state_bucket, Key=key, VersionId=version["VersionId"])["Body"].read()
        if evidence.Stored(text, None, None, None).unreadable():
            continue
        s3.copy_object(
            Bucket=room.state_bucket,
            Key=key,
            CopySource={"Bucket": room.state_bucket, "Key": key, "VersionId": version["VersionId"]},
        )
        _checksum(moment, text)
        return


def trust(moment: Moment) -> None:
    """The run died while it wrote the state: the newest version is right, and only its checksum is old."""
    stored = evidence.stored(moment.room, moment.project.identifier)
    if stored.state is not None:
        _checksum(moment, stored.state)


def occupy(moment: Moment) -> None:
    """Somebody works on the project from a machine of their own."""
    values = {
        "LockID": moment.project.lock_item("run"),
        "Holder": PERSON,
        "Host": "her-laptop",
        "Action": "apply",
        "Started": "2026-11-20T08:00:00Z",
        "Stream": f"{moment.project.identifier}/apply/20261120T080000Z",
        "Nonce": "11111111-2222-3333-4444-555555555555",
    }
    moment.room.engineer("dynamodb").put_item(
        TableName=moment.room.lock_table, Item={name: {"S": value} for name, value in values.items()}
    )
    moment.struck += 1


def leave(moment: Moment) -> None:
    """They have finished, or died, and somebody removes their lease."""
    found = evidence.item(moment.room, moment.project.lock_item("run"))
    if found is not None and found.get("Holder") == PERSON:
        moment.room.engineer("dynamodb").delete_item(
            TableName=moment.room.lock_table, Key={"LockID": {"S": moment.project.lock_item("run")}}
        )


def _checksum(moment: Moment, state: bytes) -> None:
    moment.room.engineer("dynamodb").put_item(
        TableName=moment.room.lock_table,
        Item={
            "LockID": {"S": moment.project.lock_item(f"{evidence.STATE}-md5")},
            "Digest": {"S": hashlib.md5(state, usedforsecurity=False).hexdigest()},
        },
    )


def archiving(moment: Moment) -> None:
    """The project is one whose repository is to be archived."""
    if not moment.project.archives():
        moment.project.update(GitRepository="archive")
        moment.project.wait()
