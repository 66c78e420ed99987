"""The seed repository, as a data scientist receives it, runs its pipeline on the local cloud."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.sagemaker.conftest import TAGS, Sample, trust

SEED = Path(__file__).parents[3] / "seed-code" / "model-build"
_PLACEHOLDER = re.compile(r"@\{ (\w+) \}@")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The seed with its sample values, in a folder of its own."""
    seed = tomllib.loads((SEED / "seed.toml").read_text())
    values = {name: str(item["sample"]) for name, item in seed["placeholders"].items()}
    target = tmp_path / "repository"
    for source in sorted((SEED / "repo").rglob("*")):
        relative = source.relative_to(SEED / "repo")
        if source.is_dir() or any(
            part.startswith(("__pycache__", ".pytest", ".ruff", "build")) for part in relative.parts
        ):
            continue
        place = target / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        if relative.as_posix() in seed["templates"]:
            content = _PLACEHOLDER.sub(lambda match: values[match.group(1)], content.decode()).encode()
        place.write_bytes(content)
    return target


@pytest.fixture
def environment(sample: Sample) -> dict[str, str]:
    """What the build has."""
    iam, s3 = sample.cloud.client("iam"), sample.cloud.client("s3")
    name = f"seed-{os.urandom(4).hex()}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com"))["Role"]["Arn"]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return {
        **sample.cloud.environment,
        "SAGEMAKER_PROJECT_NAME": TAGS[0]["Value"],
        "SAGEMAKER_PROJECT_ID": TAGS[1]["Value"],
        "SAGEMAKER_PIPELINE_NAME": name,
        "MODEL_PACKAGE_GROUP_NAME": name,
        "SAGEMAKER_PIPELINE_ROLE_ARN": role,
        "ARTIFACT_BUCKET": name,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": "0123456789abcdef0123456789abcdef01234567",
    }


def run(repository: Path, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", "pipeline.run", "--wait", "--poll-seconds", "0.5", *arguments]
    return subprocess.run(
        words, cwd=repository, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def test_the_seed_trains_and_registers_a_model(
    sample: Sample, repository: Path, environment: dict[str, str]
) -> None:
    done = run(repository, environment)

    assert done.returncode == 0, done.stderr
    arn = done.stdout.strip()
    steps = sample.steps(arn)
    assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}
    packages = sample.sagemaker.list_model_packages(ModelPackageGroupName=environment["MODEL_PACKAGE_GROUP_NAME"])
    (summary,) = packages["ModelPackageSummaryList"]
    assert summary["ModelApprovalStatus"] == "PendingManualApproval"
    package = sample.sagemaker.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
    assert package["MetadataProperties"]["CommitId"] == environment["CODEBUILD_RESOLVED_SOURCE_VERSION"]
    uri = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    report: dict[str, Any] = json.load(sample.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    assert 200 < report["regression_metrics"]["rmse"]["value"] < 450
    assert_served_as_trained(sample, package, environment)


_OFFLINE = """
import io, json, sys, joblib, pandas
rows = pandas.read_json(io.StringIO(sys.stdin.read()), lines=True)
print(json.dumps([float(value) for value in joblib.load(sys.argv[1]).predict(rows)]))
"""


def assert_served_as_trained(sample: Sample, package: dict[str, Any], environment: dict[str, str]) -> None:
    """An endpoint of the package answers its sample with the numbers that the model gives offline."""
    client, role = sample.sagemaker, environment["SAGEMAKER_PIPELINE_ROLE_ARN"]
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [reading]})
    iam = sample.cloud.client("iam")
    iam.put_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyName="reading", PolicyDocument=document)
    name = environment["MODEL_PACKAGE_GROUP_NAME"]
    container = {"ModelPackageName": package["ModelPackageArn"]}
    client.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {
        "VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1,
    }  # fmt: skip
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    client.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def read(uri: str) -> bytes:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        content: bytes = sample.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    rows = read(package["CustomerMetadataProperties"]["sample"])
    answer = sample.cloud.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=rows, ContentType="application/jsonlines", Accept="application/json"
    )
    with tempfile.TemporaryDirectory() as folder:
        archive = io.BytesIO(read(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]))
        with tarfile.open(fileobj=archive) as tar:
            Path(folder, "model.joblib").write_bytes(tar.extractfile("model.joblib").read())
        offline = subprocess.run(
            [sys.executable, "-c", _OFFLINE, f"{folder}/model.joblib"], input=rows, capture_output=True, check=True
        )
    assert json.loads(answer["Body"].read()) == {"predictions": json.loads(offline.stdout)}
    client.delete_endpoint(EndpointName=name)


def test_a_model_that_misses_the_threshold_is_not_registered(
    sample: Sample, repository: Path, environment: dict[str, str]
) -> None:
    done = run(repository, environment, "--parameter", "RmseThreshold=10")

    assert done.returncode == 1
    assert "Quality gate" in done.stderr
    arn = done.stdout.strip()
    execution = sample.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert execution["FailureReason"] == "Step failure: One or multiple steps failed."
    assert (
        sample.sagemaker.list_model_package_groups(NameContains=environment["MODEL_PACKAGE_GROUP_NAME"])[
            "ModelPackageGroupSummaryList"
        ]
        == []
    )
