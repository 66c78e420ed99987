"""What was deployed, beside the state in the project's bucket, under ``deploy/<environment>/``.

``live.json`` is what runs and what ran before it, ``attempted.json`` what the last deployment wanted to have.
``deployments/`` has one file per deployment, failed test and way back. The environment's role cannot delete them.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from deploy.context import Context
from deploy.errors import DeployError

Json = dict[str, Any]

ATTEMPTS = 5
# S3's words for a conditional write that came second (User Guide, "Conditional requests").
_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict")


def live(context: Context, s3: Any, environment: str | None = None) -> Json | None:
    """What the environment runs, or None if nothing was deployed, or was removed again."""
    found = _get(context, s3, f"deploy/{environment or context.environment}/live.json")
    return None if found is None or found.get("removed") else found


def change_live(context: Context, s3: Any, change: Callable[[Json | None], Json | None]) -> None:
    """Say what the environment runs now: ``change`` makes it of what is written at that moment, or returns None.

    Another execution may write as well, so nothing is written over what ``change`` has not seen.

    Raises:
        DeployError: others wrote every time; or what ``change`` itself raises.

    """
    key = f"{context.folder}/live.json"
    for _ in range(ATTEMPTS):
        found, etag = _look(context, s3, key)
        content = change(None if found is None or found.get("removed") else found)
        if content is None:
            return
        try:
            _put(context, s3, key, content, **({"IfMatch": etag} if etag else {"IfNoneMatch": "*"}))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _CHANGED:
                raise
        else:
            return
    raise DeployError(f"s3://{context.bucket}/{key} is written by others all the time")


def verified(context: Context, s3: Any, generation: str) -> None:
    """Say that a generation has passed its tests: it is never taken back, and may be gone back to.

    Raises:
        DeployError: it does not run any more, so nobody knows which one has answered.

    """

    def mark(found: Json | None) -> Json | None:
        if found is None or found["current"] != generation:
            raise DeployError(
                f"Another execution has deployed to {context.environment} while {generation} was tested: "
                f"{found['current'] if found else 'nothing'} runs there now, and {generation} counts as untested."
            )
        if generation in found["verified"]:
            return None
        taken_back = {arn: why for arn, why in found.get("taken_back", {}).items() if arn != found["package"]}
        return {**found, "verified": [*found["verified"], generation], "taken_back": taken_back}

    change_live(context, s3, mark)


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
    return _look(context, s3, key)[0]


def _look(context: Context, s3: Any, key: str) -> tuple[Json | None, str | None]:
    """The object and its ETag."""
    try:
        answer = s3.get_object(Bucket=context.bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None, None
        raise
    return json.loads(answer["Body"].read()), answer["ETag"]


def _put(context: Context, s3: Any, key: str, content: Json, **condition: str) -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": context.kms_key_arn} if context.kms_key_arn else {}
    body = json.dumps(content, indent=2, sort_keys=True) + "\n"
    place = {"Bucket": context.bucket, "Key": key, "ContentType": "application/json"}
    s3.put_object(Body=body.encode(), **place, **encryption, **condition)
