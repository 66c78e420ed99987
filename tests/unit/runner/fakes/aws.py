"""Stands in for the AWS CLI: S3 is a folder, CloudWatch Logs a file, and every call is written down."""

import fcntl
import json
import os
import re
import shutil
import sys
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

root = Path(os.environ["FAKE_ROOT"])
arguments = sys.argv[1:]
with (root / "aws.calls").open("a", encoding="utf-8") as calls:
    calls.write(json.dumps(arguments) + "\n")
with (root / "aws.callers").open("a", encoding="utf-8") as callers:
    callers.write(os.environ.get("AWS_ACCESS_KEY_ID", "") + "\n")
# What the CLI of an instance does not know, this one does not either (../aws_cli/README.md).
commands = dict(
    line.replace(" (in builds)", "").split(": ", 1)
    for line in (Path(__file__).parents[1] / "aws_cli" / "commands.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
asked = " ".join(arguments[:2])
known = {*commands.get(asked, "").split(), *commands["aws"].split()}
if unknown := [word for word in arguments if word.startswith("--") and word[2:] not in known]:
    sys.exit(f"usage: aws\nUnknown options of aws {asked} on an instance: {', '.join(unknown)}")
if asked not in commands:
    sys.exit(f"usage: aws\nUnknown on an instance: aws {asked}")


def option(name: str) -> str:
    """Value of a command-line option."""
    return arguments[arguments.index(name) + 1]


def table(operation: str) -> None:
    """DynamoDB: items by their LockID, and the conditions that the runner writes."""
    with (root / "locks.guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        file = root / "locks.json"
        items = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        before = json.dumps(items)
        table_operation(operation, items)
        if json.dumps(items) != before:
            file.write_text(json.dumps(items), encoding="utf-8")


def table_operation(operation: str, items: dict[str, dict[str, dict[str, str]]]) -> None:
    item = json.loads(option("--item" if operation == "put-item" else "--key"))
    key = item["LockID"]["S"]
    found = items.get(key)
    if operation == "get-item":
        assert "--consistent-read" in arguments
        names = re.findall(r"(\w+)\.S", option("--query"))
        values = [str((found or {}).get(name, {}).get("S")) for name in names]
        sys.stdout.write(("\t".join(values) if found is not None else "None") + "\n")
        return
    if "--condition-expression" in arguments:
        names = json.loads(option("--expression-attribute-names"))
        values = (
            json.loads(option("--expression-attribute-values"))
            if "--expression-attribute-values" in arguments
            else {}
        )
        for term in option("--condition-expression").split(" AND "):
            if missing := re.fullmatch(r"attribute_not_exists\((#\w+)\)", term):
                holds = found is None or names[missing[1]] not in found
            else:
                name, value = re.fullmatch(r"(#\w+) = (:\w+)", term).groups()  # type: ignore[union-attr]
                holds = found is not None and found.get(names[name]) == values[value]
            if not holds:
                sys.exit(
                    "An error occurred (ConditionalCheckFailedException) when calling the operation: "
                    "The conditional request failed"
                )
    if operation == "put-item":
        items[key] = item
    else:
        items.pop(key, None)
    scenario = json.loads((root / "scenario.json").read_text(encoding="utf-8"))
    if operation == "put-item" and key.endswith("/run") and "owner_after" in scenario:
        owner = key.removesuffix("run") + "owner"
        items[owner] = {name: {"S": value} for name, value in {"LockID": owner, **scenario["owner_after"]}.items()}
    if lost := os.environ.get("FAKE_AWS_LOSES"):
        # Carried out, and the answer lost: the CLI asks again, and is told of its own work.
        once = root / f"lost-{operation}"
        if lost == operation and not once.exists():
            once.touch()
            sys.exit("An error occurred (ConditionalCheckFailedException): The conditional request failed")


refused = os.environ.get("FAKE_AWS_REFUSES", "")
if refused and refused in " ".join(arguments):
    code = os.environ.get("FAKE_AWS_REFUSAL", "AccessDenied")
    sys.exit(f"An error occurred ({code}) when calling the operation: refused by the test")

match arguments[:2]:
    case ["s3", "cp"] if "--recursive" in arguments:
        source, target = arguments[-2:]
        shutil.copytree(source, root / "s3" / target.removeprefix("s3://"), dirs_exist_ok=True)
    case ["s3", "rm"]:
        below = root / "s3" / next(word for word in arguments if word.startswith("s3://")).removeprefix("s3://")
        spared = [word for before, word in pairwise(arguments) if before == "--exclude"]
        for path in [path for path in below.rglob("*") if path.is_file()]:
            if not any(fnmatchcase(str(path.relative_to(below)), pattern) for pattern in spared):
                path.unlink()
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
    case ["dynamodb", "get-item" | "put-item" | "delete-item" as operation]:
        table(operation)
    case ["s3api", "delete-object"]:
        (root / "s3" / option("--bucket") / option("--key")).unlink(missing_ok=True)
    case ["s3api", "head-object"]:
        if not (root / "s3" / option("--bucket") / option("--key")).exists():
            sys.exit("An error occurred (404) when calling the HeadObject operation: Not Found")
        sys.stdout.write("{}\n")
    case ["events", "put-events"]:
        entries = json.loads(Path(option("--entries").removeprefix("file://")).read_bytes().decode("ascii"))
        with (root / "events").open("a", encoding="utf-8") as events:
            events.write(json.dumps(entries) + "\n")
        sys.stdout.write("0\n")
    case ["sagemaker", "describe-model-package-group" | "describe-code-repository" as operation]:
        made = json.loads((root / "scenario.json").read_text(encoding="utf-8")).get("made", {})
        # Names are in lower case in SageMaker's ARNs.
        named = f"{operation.removeprefix('describe-')}/{arguments[3].lower()}"
        if named not in made:
            word = "does not exist" if "group" in operation else "Cannot find CodeRepository"
            sys.exit(f"An error occurred (ValidationException) when calling the operation: {word}")
        sys.stdout.write(f"arn:aws:sagemaker:eu-west-1:111122223333:{named}\n")
    case (
        ["iam", "get-role" | "get-role-policy"]
        | ["codepipeline", "list-tags-for-resource"]
        | ["logs", "list-tags-log-group"]
        | ["sagemaker", "list-tags"]
        | ["codebuild", "batch-get-projects"]
        | ["lambda", "get-function"]
        | ["sns" | "events", "list-tags-for-resource"]
        | ["events", "list-targets-by-rule"]
        | ["s3api", "get-bucket-tagging"]
    ):
        # What exists, and whose it is by its tag.
        made = json.loads((root / "scenario.json").read_text(encoding="utf-8")).get("made", {})
        named = arguments[3].rsplit(":", 1)[-1] if arguments[1].startswith("list-tags") else arguments[3]
        if arguments[1] == "get-role-policy":
            named += ":" + option("--policy-name")
        if arguments[1] == "list-targets-by-rule":
            named += "/" + option("--query").split("'")[1]
        if named not in made:
            error = "NoSuchBucket" if arguments[0] == "s3api" else "ResourceNotFoundException"
            if arguments[0] == "sagemaker":  # says it in words that nobody has written down
                error = "ValidationException"
            sys.exit(f"An error occurred ({error}) when calling the operation")
        if made[named] == "untagged":
            sys.exit("An error occurred (NoSuchTagSet) when calling the GetBucketTagging operation")
        sys.stdout.write(f"{made[named]}\n")
    case ["lambda", "invoke"]:
        payload = Path(option("--payload").removeprefix("fileb://")).read_text(encoding="ascii")
        (root / "invoked").write_text(payload, encoding="ascii")
        answer = json.loads((root / "scenario.json").read_text(encoding="utf-8")).get("invoke")
        if isinstance(answer, list):  # one for each call
            answer = answer[(root / "aws.calls").read_text(encoding="utf-8").count('"lambda", "invoke"') - 1]
        if answer is None:
            sys.exit("An error occurred (ResourceNotFoundException): Function not found")
        Path(arguments[-1]).write_text(json.dumps(answer), encoding="utf-8")
        sys.stdout.write("200\t" + ("Unhandled" if "errorMessage" in answer else "None") + "\n")
    case ["sts", "assume-role"]:
        role = option("--role-arn").split(":")[4]
        if role in json.loads((root / "scenario.json").read_text(encoding="utf-8")).get("closed", []):
            sys.exit("An error occurred (AccessDenied) when calling the AssumeRole operation: no")
        sys.stdout.write(f"key-of-{role}\tsecret\ttoken\n")
    case [
        "codepipeline" | "codebuild" | "sagemaker" | "ec2" | "application-autoscaling" | "cloudwatch" | "logs",
        operation,
    ]:
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
