"""What is asked about jobs, and refused."""

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import Sample, token
from tests.localcloud.sagemaker.jobs import ended, process, processing


def test_jobs_are_listed_by_name_and_state(sample: Sample) -> None:
    prefix = f"listed-{token()[:6]}"
    names = [f"{prefix}-{number:02}" for number in range(12)]
    for name in names:
        sample.sagemaker.create_processing_job(**{**processing(sample, "true"), "ProcessingJobName": name})
    for name in names:
        ended(sample.sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=name)
    client = sample.sagemaker
    first = client.list_processing_jobs(NameContains=prefix, SortBy="Name")
    assert [item["ProcessingJobName"] for item in first["ProcessingJobSummaries"]] == names[:10]
    rest = client.list_processing_jobs(NameContains=prefix, SortBy="Name", NextToken=first["NextToken"])
    assert [item["ProcessingJobName"] for item in rest["ProcessingJobSummaries"]] == names[10:]
    assert "NextToken" not in rest
    done = client.list_processing_jobs(NameContains=prefix, StatusEquals="Failed")["ProcessingJobSummaries"]
    assert done == []
    with pytest.raises(ClientError, match="Invalid pagination token"):
        client.list_processing_jobs(NextToken="nonsense")


def test_a_job_that_has_ended_can_be_deleted_and_its_name_used_again(sample: Sample) -> None:
    request, client = processing(sample, "no-such-program"), sample.sagemaker
    name = {"ProcessingJobName": request["ProcessingJobName"]}
    process(sample, request)

    client.delete_processing_job(**name)

    assert client.list_processing_jobs(NameContains=request["ProcessingJobName"])["ProcessingJobSummaries"] == []
    for call in (client.describe_processing_job, client.delete_processing_job):
        with pytest.raises(ClientError, match="Could not find"):
            call(**name)
    client.create_processing_job(**processing(sample, "sleep", "30") | name)
    with pytest.raises(ClientError, match="only one that has ended") as refused:
        client.delete_processing_job(**name)
    assert refused.value.response["Error"]["Code"] == "ResourceInUse"
    client.stop_processing_job(**name)


def _without_entrypoint(request: dict[str, Any]) -> None:
    del request["AppSpecification"]["ContainerEntrypoint"]


def _image(request: dict[str, Any]) -> None:
    request["AppSpecification"]["ImageUri"] = "python:3.12"


def _local_path(request: dict[str, Any]) -> None:
    target = {"S3Uri": "s3://b/x", "LocalPath": "/opt/ml/processing/../../../etc", "S3UploadMode": "EndOfJob"}
    request["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "x", "S3Output": target}]}


def _instance(request: dict[str, Any]) -> None:
    request["ProcessingResources"]["ClusterConfig"]["InstanceType"] = "t2.micro"


def _role(request: dict[str, Any]) -> None:
    request["RoleArn"] = "arn:aws:iam::123456789012:role/nobody-at-all"


def _uri(request: dict[str, Any]) -> None:
    source = {"S3Uri": "https://b/x", "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix"}
    request["ProcessingInputs"] = [{"InputName": "x", "S3Input": source}]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (_without_entrypoint, "runs no images"),
        (_image, "Invalid image URI 'python:3.12'"),
        (_local_path, "must be an absolute path below /opt/ml/processing"),
        (_instance, "Member must satisfy enum value set"),
        (_role, "Could not assume role"),
        (_uri, "failed to satisfy|Invalid S3 URI"),
    ],
)
def test_a_wrong_request_is_refused(sample: Sample, fault: Any, reason: str) -> None:
    request = copy.deepcopy(processing(sample, "true"))
    fault(request)
    with pytest.raises(ClientError, match=reason) as raised:
        sample.sagemaker.create_processing_job(**request)
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_a_name_is_used_once(sample: Sample) -> None:
    request = processing(sample, "true")
    process(sample, request)
    with pytest.raises(ClientError, match="Job name must be unique") as raised:
        sample.sagemaker.create_processing_job(**request)
    assert raised.value.response["Error"]["Code"] == "ResourceInUse"


def test_unknown_jobs(sample: Sample) -> None:
    for call in (
        lambda: sample.sagemaker.describe_processing_job(ProcessingJobName="nothing"),
        lambda: sample.sagemaker.describe_training_job(TrainingJobName="nothing"),
        lambda: sample.sagemaker.stop_training_job(TrainingJobName="nothing"),
    ):
        with pytest.raises(ClientError, match="Could not find requested job with name: nothing"):
            call()
