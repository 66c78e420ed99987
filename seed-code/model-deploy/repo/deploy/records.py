"""What was deployed, beside the state in the project's bucket, under ``deploy/<environment>/``.

``live.json`` is what runs and what ran before it, ``attempted.json`` what the last deployment wanted to have.
``deployments/`` has one file per deployment, failed test and way back. The environment's role cannot delete them.
"""

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from deploy.context import Context

Json = dict[str, Any]


def live(context: Context, s3: Any, environment: str | None = None) -> Json | None:
    """What the environment runs, or None if nothing was deployed, or was removed again."""
    found = _get(context, s3, f"deploy/{environment or context.environment}/live.json")
    return None if found is None or found.get("removed") else found


def write_live(context: Context, s3: Any, content: Json) -> None:
    """Say what the environment runs now."""
    _put(context, s3, f"{context.folder}/live.json", content)


def verified(context: Context, s3: Any) -> None:
    """Say that the generation which runs has passed its tests: it is never taken back, and may be gone back to."""
    found = live(context, s3)
    if found is not None and found["current"] not in found["verified"]:
        write_live(context, s3, {**found, "verified": [*found["verified"], found["current"]]})


def attempted(context: Context, s3: Any) -> Json:
    """Generations that the last deployment wanted to have, and their packages, whatever became of it."""
    return _get(context, s3, f"{context.folder}/attempted.json") or {"generations": {}, "packages": {}}


def write_attempted(context: Context, s3: Any, content: Json) -> None:
    """Say what a deployment wants to have."""
    _put(context, s3, f"{context.folder}/attempted.json", content)


def write(context: Context, s3: Any, content: Json) -> str:
    """Record a deployment; returns the record's address."""
    now = datetime.now(UTC)
    facts = {
        "schema": 1,
        "at": now.isoformat(timespec="seconds"),
        "environment": context.environment,
        "deploy_commit": context.commit,
        "pipeline": context.pipeline_name,
        "pipeline_execution": context.pipeline_execution_id,
        **content,
    }
    key = f"{context.folder}/deployments/{now:%Y%m%dT%H%M%S.%fZ}.json"
    _put(context, s3, key, facts)
    return f"s3://{context.bucket}/{key}"


def _get(context: Context, s3: Any, key: str) -> Json | None:
    try:
        body = s3.get_object(Bucket=context.bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    found: Json = json.loads(body)
    return found


def _put(context: Context, s3: Any, key: str, content: Json) -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": context.kms_key_arn} if context.kms_key_arn else {}
    body = json.dumps(content, indent=2, sort_keys=True) + "\n"
    s3.put_object(Bucket=context.bucket, Key=key, Body=body.encode(), ContentType="application/json", **encryption)
