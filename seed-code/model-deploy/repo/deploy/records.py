"""What was deployed, beside the state in the project's bucket.

``deploy/<environment>/live.json`` is what runs and what ran before it; ``deploy/<environment>/deployments/`` has one
file per deployment, for ever: the record of every promotion.
"""

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from deploy.context import Context


def live(context: Context, s3: Any, environment: str | None = None) -> dict[str, Any] | None:
    """What the environment runs, or None if nothing was deployed."""
    key = f"deploy/{environment or context.environment}/live.json"
    try:
        body = s3.get_object(Bucket=context.bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    found: dict[str, Any] = json.loads(body)
    return found


def write_live(context: Context, s3: Any, content: dict[str, Any]) -> None:
    """Say what the environment runs now."""
    _put(context, s3, f"{context.folder}/live.json", content)


def write(context: Context, s3: Any, content: dict[str, Any]) -> str:
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


def _put(context: Context, s3: Any, key: str, content: dict[str, Any]) -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": context.kms_key_arn} if context.kms_key_arn else {}
    body = json.dumps(content, indent=2, sort_keys=True) + "\n"
    s3.put_object(Bucket=context.bucket, Key=key, Body=body.encode(), ContentType="application/json", **encryption)
