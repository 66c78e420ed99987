"""What can be seen of a project from outside: its state, its locks, its commits, and what is left of it."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError

from chaos.room import Room
from demo.cloud import clean_environment

STATE = "terraform.tfstate"
_STATE_VERSION = 4
_GIT_SECONDS = 60
_GONE = ("terminated", "shutting-down")


@dataclass(frozen=True)
class Stored:
    """What the state bucket and the lock table have of a project.

    Attributes:
        state: the state as it is stored; None when there is none.
        lock: what Terraform's lock says about itself.
        lease: the item of the run that works on the project.
        checksum: of the state, as Terraform keeps it.

    """

    state: bytes | None
    lock: str | None
    lease: dict[str, str] | None
    checksum: str | None

    def unreadable(self) -> list[str]:
        """What is wrong with the state itself."""
        if self.state is None:
            return []
        try:
            version = json.loads(self.state)["version"]
        except (ValueError, KeyError, TypeError):
            return ["the state cannot be read"]
        return [] if version == _STATE_VERSION else [f"the state has version {version}"]

    def unsound(self) -> list[str]:
        """What is wrong with the state of a project on which nobody works and nothing has failed."""
        found = self.unreadable()
        if self.state is None:
            found.append("there is no state")
        elif self.checksum != hashlib.md5(self.state, usedforsecurity=False).hexdigest():
            found.append("the state's checksum is another one's")
        if self.lock:
            found.append(f"Terraform's lock stands: {self.lock}")
        if self.lease:
            found.append(f"a lease stands: {self.lease.get('Holder')}")
        return found


def stored(room: Room, identifier: str) -> Stored:
    """Look at a project's state and locks."""
    prefix = f"{room.state_bucket}/projects/{identifier}"
    state = _object(room, f"projects/{identifier}/{STATE}")
    lock = item(room, f"{prefix}/{STATE}")
    checksum = item(room, f"{prefix}/{STATE}-md5")
    return Stored(
        state,
        lock.get("Info", "of nobody") if lock else None,
        item(room, f"{prefix}/run"),
        checksum["Digest"] if checksum else None,
    )


def identifiers(state: bytes) -> set[str]:
    """Ids of projects that a state names."""
    return {one.decode() for one in re.findall(rb"\bml-(p-[a-z0-9]{5,18})(?=[^a-z0-9])", state)}


def item(room: Room, identifier: str) -> dict[str, str] | None:
    """An item of the lock table."""
    found = room.engineer("dynamodb").get_item(
        TableName=room.lock_table, Key={"LockID": {"S": identifier}}, ConsistentRead=True
    )
    if "Item" not in found:
        return None
    return {name: str(next(iter(value.values()))) for name, value in found["Item"].items()}


def records(room: Room, identifier: str) -> list[dict[str, Any]]:
    """Run records of a project, oldest first."""
    listed = room.engineer("s3").list_objects_v2(Bucket=room.state_bucket, Prefix=f"projects/{identifier}/runs/")
    found = []
    for key in sorted(one["Key"] for one in listed.get("Contents", [])):
        text = _object(room, key)
        if text is not None:
            found.append(json.loads(text))
    return sorted(found, key=lambda record: str(record["end"]))


def log(room: Room, identifier: str) -> str:
    """What the runners of a project have said."""
    pages = room.engineer("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName="/sagemaker-projects/runner", logStreamNamePrefix=f"{identifier}/")
    return "\n".join(event["message"] for page in found for event in page["events"])


def commits(room: Room, repository: str) -> int:
    """How many commits a repository has, on all branches; 0 when it does not exist."""
    with TemporaryDirectory(prefix="chaos-", dir=room.work) as folder:
        address = f"{room.handout.git_url}/{repository}"
        if _git(room, "clone", "--quiet", "--bare", address, folder).returncode:
            return 0
        counted = _git(room, "--git-dir", folder, "rev-list", "--count", "--all")
        return int(counted.stdout.strip() or 0)


def instances(room: Room, stack: str) -> list[str]:
    """Instances of a stack that still run."""
    found = room.engineer("ec2").describe_instances(
        Filters=[{"Name": "tag:aws:cloudformation:stack-name", "Values": [stack]}]
    )
    return [
        f"{instance['InstanceId']} {instance['State']['Name']}"
        for reservation in found["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in _GONE
    ]


def left(room: Room, identifier: str) -> list[str]:
    """Everything in the account that has a project's id in its name or its tags; run records may stay."""
    found = {
        f"{kind} {name}"
        for kind, names in _inventory(room, identifier).items()
        for name in names
        if identifier in name
    }
    return sorted(found)


def _inventory(room: Room, identifier: str) -> dict[str, Iterable[str]]:
    aws = room.engineer
    objects = aws("s3").list_objects_v2(Bucket=room.state_bucket, Prefix=f"projects/{identifier}/")
    tagged = (
        aws("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(TagFilters=[{"Key": "sagemaker:project-id", "Values": [identifier]}])
    )
    return {
        "bucket": [one["Name"] for one in aws("s3").list_buckets()["Buckets"]],
        "role": _pages(aws("iam"), "list_roles", "Roles", "RoleName"),
        "policy": _pages(aws("iam"), "list_policies", "Policies", "PolicyName", Scope="Local"),
        "log group": _pages(aws("logs"), "describe_log_groups", "logGroups", "logGroupName"),
        "function": _pages(aws("lambda"), "list_functions", "Functions", "FunctionName"),
        "build": _pages(aws("codebuild"), "list_projects", "projects"),
        "pipeline": _pages(aws("codepipeline"), "list_pipelines", "pipelines", "name"),
        "training": _pages(aws("sagemaker"), "list_pipelines", "PipelineSummaries", "PipelineName"),
        "model group": _pages(
            aws("sagemaker"),
            "list_model_package_groups",
            "ModelPackageGroupSummaryList",
            "ModelPackageGroupName",
        ),
        "model": _pages(
            aws("sagemaker"),
            "list_model_packages",
            "ModelPackageSummaryList",
            "ModelPackageArn",
            ModelPackageType="Both",
        ),
        "running build": _running(room, f"ml-{identifier}-build:"),
        "code repository": _all(
            aws("sagemaker").list_code_repositories, "CodeRepositorySummaryList", "CodeRepositoryName"
        ),
        "item": (one["LockID"]["S"] for one in _scan(room)),
        "object": (one["Key"] for one in objects.get("Contents", []) if "/runs/" not in one["Key"]),
        "tagged": (one["ResourceARN"] for page in tagged for one in page["ResourceTagMappingList"]),
    }


def _running(room: Room, prefix: str) -> list[str]:
    codebuild = room.engineer("codebuild")
    ids = [one for one in _pages(codebuild, "list_builds", "ids") if one.startswith(prefix)]
    builds = codebuild.batch_get_builds(ids=ids[:100])["builds"] if ids else []
    return [build["id"] for build in builds if build["buildStatus"] == "IN_PROGRESS"]


def _pages(client: Any, operation: str, member: str, name: str = "", **arguments: Any) -> list[str]:
    if not client.can_paginate(operation):
        return _all(getattr(client, operation), member, name, **arguments)
    pages = client.get_paginator(operation).paginate(**arguments)
    return [str(one[name] if name else one) for page in pages for one in page[member]]


def _all(call: Callable[..., dict[str, Any]], member: str, name: str, **arguments: Any) -> list[str]:
    answer = call(MaxResults=100, **arguments)
    found = [str(one[name]) for one in answer[member]]
    while token := answer.get("NextToken"):
        answer = call(MaxResults=100, NextToken=token, **arguments)
        found += [str(one[name]) for one in answer[member]]
    return found


def _scan(room: Room) -> list[dict[str, Any]]:
    pages = room.engineer("dynamodb").get_paginator("scan").paginate(TableName=room.lock_table)
    return [one for page in pages for one in page["Items"]]


def _object(room: Room, key: str) -> bytes | None:
    try:
        answer = room.engineer("s3").get_object(Bucket=room.state_bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return bytes(answer["Body"].read())


def _git(room: Room, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["git", *arguments],
        env=clean_environment(
            **room.handout.git_credential,
            GIT_CONFIG_GLOBAL="/dev/null",
            GIT_CONFIG_NOSYSTEM="1",
            GIT_TERMINAL_PROMPT="0",
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=_GIT_SECONDS,
    )
