"""Requests for jobs, run to their ends."""

import json
import re
import time
from typing import Any

from tests.localcloud.sagemaker.conftest import Sample, token

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
FINAL = ("Completed", "Failed", "Stopped")


def processing(sample: Sample, *words: str, **more: Any) -> dict[str, Any]:
    """A request for a processing job that runs ``words``."""
    return {
        "ProcessingJobName": f"job-{token()[:8]}",
        "RoleArn": sample.role_arn,
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": list(words)},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
        **more,
    }


def training(sample: Sample, **hyperparameters: str) -> dict[str, Any]:
    """A request for a training job with the sample's script."""
    return {
        "TrainingJobName": f"job-{token()[:8]}",
        "RoleArn": sample.role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "train:mean", "Regex": "train_mean=([-0-9.]+);"}],
        },
        "HyperParameters": {
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(f"s3://{sample.bucket}/code/source.tar.gz"),
            **hyperparameters,
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{sample.bucket}/data/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{sample.bucket}/standalone"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def process(sample: Sample, request: dict[str, Any]) -> dict[str, Any]:
    """Run a processing job to its end."""
    client = sample.sagemaker
    client.create_processing_job(**request)
    return ended(
        client.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=request["ProcessingJobName"]
    )


def train(sample: Sample, request: dict[str, Any]) -> dict[str, Any]:
    """Run a training job to its end."""
    client = sample.sagemaker
    client.create_training_job(**request)
    return ended(client.describe_training_job, "TrainingJobStatus", TrainingJobName=request["TrainingJobName"])


def ended(describe: Any, status: str, seconds: float = 30.0, **name: str) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job: dict[str, Any] = describe(**name)
        if job[status] in FINAL:
            return job
        time.sleep(0.05)
    raise AssertionError(f"{name} did not end: {job}")


def lines(sample: Sample, group: str, job: str) -> list[str]:
    """The job's log."""
    logs = sample.cloud.client("logs")
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
    assert re.fullmatch(rf"{job}/algo-1-\d+", stream["logStreamName"])
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
    return [event["message"] for event in events["events"]]
