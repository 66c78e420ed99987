"""Stands in for the AWS CLI: S3 is a folder, CloudWatch Logs a file, and every call is written down."""

import json
import os
import shutil
import sys
from pathlib import Path

root = Path(os.environ["FAKE_ROOT"])
arguments = sys.argv[1:]
with (root / "aws.calls").open("a", encoding="utf-8") as calls:
    calls.write(json.dumps(arguments) + "\n")


def option(name: str) -> str:
    """Value of a command-line option."""
    return arguments[arguments.index(name) + 1]


refused = os.environ.get("FAKE_AWS_REFUSES", "")
if refused and refused in " ".join(arguments):
    sys.exit("An error occurred (AccessDenied) when calling the operation: refused by the test")

match arguments[:2]:
    case ["s3", "cp"]:
        source, target = arguments[-2:]
        stored = root / "s3" / source.removeprefix("s3://")
        if not stored.exists():
            sys.exit(f"fatal error: An error occurred (404) when calling the HeadObject operation: {source}")
        shutil.copyfile(stored, target)
    case ["s3api", "put-object"]:
        stored = root / "s3" / option("--bucket") / option("--key")
        stored.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(option("--body"), stored)
        sys.stdout.write("{}\n")
    case ["logs", "create-log-stream"]:
        pass
    case ["logs", "put-log-events"]:
        file = Path(option("--log-events").removeprefix("file://"))
        batch = {
            "group": option("--log-group-name"),
            "stream": option("--log-stream-name"),
            "bytes": file.stat().st_size,
            "events": json.loads(file.read_bytes().decode("ascii")),
        }
        with (root / "log.batches").open("a", encoding="utf-8") as log:
            log.write(json.dumps(batch) + "\n")
        sys.stdout.write("{}\n")
    case ["dynamodb", "delete-item"] | ["s3api", "delete-object"]:
        pass
    case ["codepipeline" | "codebuild" | "sagemaker", operation]:
        # One answer for each call of an operation, the last one for all further ones.
        answers = json.loads((root / "scenario.json").read_text(encoding="utf-8")).get(operation, [])
        if not answers:
            sys.exit(f"An error occurred (ResourceNotFound) when calling {operation}: does not exist")
        calls = (root / "aws.calls").read_text(encoding="utf-8").splitlines()
        before = sum(json.loads(call)[1] == operation for call in calls) - 1
        answer = answers[min(before, len(answers) - 1)]
        if answer.startswith("!"):
            sys.exit(answer[1:])
        sys.stdout.write(answer)
    case other:
        sys.exit(f"the fake AWS CLI does not know {other}")
