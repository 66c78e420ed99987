"""The deploy repository's commands, as a person runs them for the environment `dev`: README.md, "By hand"."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

from tests.deployment.deliveries import Deploying

_SECONDS = 300
# What is tried, one after the other, and the version that all of them serve.
KINDS: dict[str, dict[str, Any]] = {
    "serverless": {"serverless": {"memory_mb": 2048, "max_concurrency": 2}},
    "async": {},
    "batch": {},
}
# Its instances are being changed when it is tested.
SCALED = "async"
WAITS = "is Updating: waits for the end of that"


def deploy(deploying: Deploying, version: int) -> dict[str, dict[str, str]]:
    """Deploy a version to `dev` as one kind after the other, and test it; what every command said, by kind.

    Raises:
        AssertionError: a command fails; with what it said.

    """
    launch = deploying.launch
    folder = deploying.folder / f"{launch.name}-by-hand"
    launch.platform.git.clone(deploying.repository, folder)
    encryption = launch.platform.engineer("s3api", "get-bucket-encryption", "--bucket", launch.artifact_bucket)
    (rule,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    key_arn = str(rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    variables = {"KMS_KEY_ARN": key_arn, "DEPLOY_ENDPOINT_ROLE_ARN": _endpoint_role(deploying, key_arn)}
    said = {}
    for kind, choices in KINDS.items():
        settings = {"kind": kind, "model_package_version": version, "alarms": {"errors": 5}, **choices}
        (folder / "environments" / "dev.json").write_text(json.dumps(settings))
        said[kind] = {
            command: _run(deploying, folder, variables, command) for command in ("check", "resolve", "apply")
        }
        come = _scale(deploying) if kind == SCALED else _nothing
        said[kind]["test"] = _run(deploying, folder, variables, "test", come)
    return said


def _nothing(_line: str) -> None:
    """What a line of a command's output is followed by, as a rule."""


def _scale(deploying: Deploying) -> Callable[[str], None]:
    """Ask for an instance, as autoscaling would; it comes when the command has said that it waits."""
    name = f"{deploying.launch.prefix}-dev-{SCALED}"
    deploying.control.pace(_SECONDS, name)
    change = {"VariantName": "primary", "DesiredInstanceCount": 2}
    deploying.launch.platform.engineer(
        *("sagemaker", "update-endpoint-weights-and-capacities", "--endpoint-name", name),
        *("--desired-weights-and-capacities", json.dumps([change])),
    )

    def come(line: str) -> None:
        if WAITS in line:
            deploying.control.expire(subject=name, kind="scaling")

    return come


def _endpoint_role(deploying: Deploying, key_arn: str) -> str:
    """A role as README.md asks for; its ARN."""
    launch = deploying.launch
    engineer, name = launch.platform.engineer, f"endpoints-by-hand-of-{launch.name}"
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    bucket = f"arn:aws:s3:::{launch.artifact_bucket}"
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{bucket}/deploy/models/*"}
    writes = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket}/deploy/dev/*"}
    finds = {"Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListBucket"], "Resource": bucket}
    unlocks = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key_arn}
    asks = {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"}
    role = engineer("iam", "create-role", "--role-name", name, "--assume-role-policy-document", _policy(trust))[
        "Role"
    ]
    engineer(
        *("iam", "put-role-policy", "--role-name", name, "--policy-name", "dev"),
        *("--policy-document", _policy(reads, writes, finds, unlocks, asks)),
    )
    return str(role["Arn"])


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _run(
    deploying: Deploying,
    folder: Path,
    variables: dict[str, str],
    command: str,
    heard: Callable[[str], None] = _nothing,
) -> str:
    """Run one of the repository's commands; what it has said, of which every line is ``heard`` at once."""
    launch = deploying.launch
    platform = launch.platform
    environ = platform.terraform.environment | {
        "SAGEMAKER_PROJECT_NAME": launch.name,
        "SAGEMAKER_PROJECT_ID": launch.identifier,
        "AWS_REGION": platform.region,
        "MODEL_PACKAGE_GROUP_NAME": launch.sagemaker_name,
        "ARTIFACT_BUCKET": launch.artifact_bucket,
        **variables,
    }
    environ = {name: value for name, value in environ.items() if name not in ("TF_DATA_DIR", "TF_CLI_ARGS")}
    lines = []
    with subprocess.Popen(
        [sys.executable, "-m", "deploy", command, *([] if command == "check" else ["dev"])],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        watch = Timer(_SECONDS, process.kill)
        watch.start()
        for line in process.stdout or ():
            lines.append(line)
            heard(line)
        code, said = process.wait(), "".join(lines)
        watch.cancel()
    assert code == 0, f"deploy {command} dev:\n{said[-6000:]}"
    return said
