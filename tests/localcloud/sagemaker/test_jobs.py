"""Processing and training jobs by themselves."""

import copy
import io
import json
import re
import tarfile
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token, trust

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


def s3_object(sample: Sample, uri: str) -> bytes:
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    body: bytes = sample.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def test_a_processing_job_reads_inputs_and_writes_outputs(sample: Sample) -> None:
    script = "mkdir -p $OUT/deep && sort -r $1/numbers.csv > $OUT/deep/sorted.csv && ls /opt/ml 2>&1; env; pwd"
    request = processing(
        sample,
        "bash",
        "-c",
        script,
        "name",
        "/opt/ml/processing/input/data",
        Environment={"OUT": "/opt/ml/processing/output", "PLAIN": "x /opt/ml/y"},
        ProcessingInputs=[
            {
                "InputName": "data",
                "S3Input": {
                    "S3Uri": f"s3://{sample.bucket}/data",
                    "LocalPath": "/opt/ml/processing/input/data",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "sorted",
                    "S3Output": {
                        "S3Uri": f"s3://{sample.bucket}/sorted/",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        Tags=TAGS,
    )

    job = process(sample, request)

    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert s3_object(sample, f"s3://{sample.bucket}/sorted/deep/sorted.csv").split() == [
        b"6",
        b"5",
        b"4",
        b"3",
        b"2",
        b"1",
    ]
    log = lines(sample, "/aws/sagemaker/ProcessingJobs", request["ProcessingJobName"])
    assert any("No such file" in line for line in log), "the machine's own /opt/ml stays out of it"
    environment = dict(line.split("=", 1) for line in log if "=" in line)
    assert environment["PLAIN"] == "x /opt/ml/y"
    assert environment["OUT"].endswith("/opt/ml/processing/output")
    assert environment["AWS_ENDPOINT_URL"] == sample.cloud.endpoint
    assert "PYTEST_CURRENT_TEST" not in environment, "nothing of the surrounding environment comes in"
    assert {"Key": "sagemaker:project-id", "Value": "p-sample1"} in sample.sagemaker.list_tags(
        ResourceArn=job["ProcessingJobArn"]
    )["Tags"]


def test_a_processing_job_acts_as_its_role(sample: Sample) -> None:
    request = processing(sample, "aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    assert process(sample, request)["ProcessingJobStatus"] == "Completed"
    assert lines(sample, "/aws/sagemaker/ProcessingJobs", request["ProcessingJobName"]) == [
        "arn:aws:sts::123456789012:assumed-role/sample-execution/SageMaker"
    ]


def test_a_failing_processing_job_points_to_its_log(sample: Sample) -> None:
    message = "mkdir -p $OUT && echo why it failed > $OUT/message; exit 4"
    request = processing(sample, "sh", "-c", message, Environment={"OUT": "/opt/ml/output"})
    job = process(sample, request)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert job["ExitMessage"] == "why it failed\n"

    job = process(sample, processing(sample, "no-such-program"))
    assert job["FailureReason"].startswith("AlgorithmError: the entrypoint cannot be started")


def test_configuration_files_of_a_processing_job(sample: Sample) -> None:
    request = processing(
        sample, "cat", "/opt/ml/config/processingjobconfig.json", "/opt/ml/config/resourceconfig.json"
    )
    process(sample, request)
    text = "".join(lines(sample, "/aws/sagemaker/ProcessingJobs", request["ProcessingJobName"]))
    decoder = json.JSONDecoder()
    config, end = decoder.raw_decode(text)
    assert config["RoleArn"] == sample.role_arn
    assert json.loads(text[end:]) == {"current_host": "algo-1", "hosts": ["algo-1"]}


def test_a_job_that_takes_too_long_is_stopped(sample: Sample) -> None:
    request = processing(sample, "sleep", "30", StoppingCondition={"MaxRuntimeInSeconds": 1})
    begun = time.monotonic()
    assert process(sample, request)["ProcessingJobStatus"] == "Stopped"
    assert time.monotonic() - begun < 15

    late = training(sample, seconds="30")
    late["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    job = train(sample, late)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_job_can_be_stopped_with_all_its_processes(sample: Sample) -> None:
    request = processing(sample, "sh", "-c", "sleep 31 & sleep 32")
    client = sample.sagemaker
    client.create_processing_job(**request)
    name = {"ProcessingJobName": request["ProcessingJobName"]}
    time.sleep(0.5)
    client.stop_processing_job(**name)
    assert ended(client.describe_processing_job, "ProcessingJobStatus", **name)["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="the job is in status Stopped"):
        client.stop_processing_job(**name)


def test_a_training_job_leaves_a_model_metrics_and_a_log(sample: Sample) -> None:
    request = training(sample, scale="2")

    job = train(sample, request)

    name = request["TrainingJobName"]
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    statuses = [item["Status"] for item in job["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all("EndTime" in item for item in job["SecondaryStatusTransitions"])
    (metric,) = job["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("train:mean", 7.0), "the last value counts"
    output = f"s3://{sample.bucket}/standalone/{name}/output"
    assert job["ModelArtifacts"] == {"S3ModelArtifacts": f"{output}/model.tar.gz"}
    with tarfile.open(fileobj=io.BytesIO(s3_object(sample, f"{output}/model.tar.gz"))) as archive:
        assert archive.getnames() == ["model.json"]
    with tarfile.open(fileobj=io.BytesIO(s3_object(sample, f"{output}/output.tar.gz"))) as archive:
        assert archive.getnames() == ["seen.json"]
    log = lines(sample, "/aws/sagemaker/TrainingJobs", name)
    assert "train_mean=7.0;" in log
    assert any("train.py --scale 2" in line for line in log)


def test_outputs_are_encrypted_with_the_key_that_is_asked_for(sample: Sample) -> None:
    key = sample.cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    request = training(sample)
    request["OutputDataConfig"]["KmsKeyId"] = key
    bucket, name = train(sample, request)["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    model = sample.cloud.client("s3").head_object(Bucket=bucket, Key=name)
    assert (model["ServerSideEncryption"], model["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_failure_file_is_the_reason(sample: Sample) -> None:
    job = train(sample, training(sample, explode=json.dumps("file")))
    assert job["FailureReason"] == "AlgorithmError: told in the failure file, exit code: 3"


def test_a_program_of_its_own_instead_of_script_mode(sample: Sample) -> None:
    request = training(sample, depth="3")
    for name in ("sagemaker_program", "sagemaker_submit_directory"):
        del request["HyperParameters"][name]
    request["AlgorithmSpecification"]["ContainerEntrypoint"] = ["sh", "-c", "cat $1/*.json > $2/all", "name"]
    request["AlgorithmSpecification"]["ContainerArguments"] = ["/opt/ml/input/config", "/opt/ml/model"]
    job = train(sample, request)
    with tarfile.open(fileobj=io.BytesIO(s3_object(sample, job["ModelArtifacts"]["S3ModelArtifacts"]))) as archive:
        member = archive.extractfile("all")
        assert member is not None
        text = member.read().decode()
    decoder = json.JSONDecoder()
    hyperparameters, end = decoder.raw_decode(text)
    channels, length = decoder.raw_decode(text[end:])
    resources = json.loads(text[end + length :])
    assert hyperparameters == {"depth": "3"}
    assert channels["train"]["TrainingInputMode"] == "File"
    assert resources["hosts"] == ["algo-1"]


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


def test_unknown_jobs(sample: Sample) -> None:
    for call in (
        lambda: sample.sagemaker.describe_processing_job(ProcessingJobName="nothing"),
        lambda: sample.sagemaker.describe_training_job(TrainingJobName="nothing"),
        lambda: sample.sagemaker.stop_training_job(TrainingJobName="nothing"),
    ):
        with pytest.raises(ClientError, match="Could not find requested job with name: nothing"):
            call()


def test_a_source_archive_cannot_leave_its_folder(sample: Sample) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("../../../escaped.py")
        archive.addfile(member, io.BytesIO(b""))
    sample.cloud.client("s3").put_object(Bucket=sample.bucket, Key="code/evil.tar.gz", Body=buffer.getvalue())
    request = training(sample)
    request["HyperParameters"]["sagemaker_submit_directory"] = f"s3://{sample.bucket}/code/evil.tar.gz"
    job = train(sample, request)
    assert job["TrainingJobStatus"] == "Failed"
    assert "Cannot unpack" in job["FailureReason"]


def test_a_role_without_permission_for_logs_has_none(sample: Sample) -> None:
    name = f"silent-{token()[:8]}"
    role = sample.cloud.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com")
    )["Role"]["Arn"]
    request = processing(sample, "echo", "nobody hears this", RoleArn=role)
    assert process(sample, request)["ProcessingJobStatus"] == "Completed"
    with pytest.raises(ValueError, match="not enough values"):
        lines(sample, "/aws/sagemaker/ProcessingJobs", request["ProcessingJobName"])
    denied = [call for call in sample.cloud.internal.call_log.read() if call["role_arn"] == role and call["error"]]
    assert [(call["operation"], call["error"]) for call in denied] == [
        ("CreateLogStream", "AccessDeniedException")
    ]


def test_no_folder_is_left_behind(sample: Sample) -> None:
    folder = sample.cloud.internal.folder("sagemaker")
    # Endpoints of other tests have a place of their own here.
    before = set(folder.iterdir())
    process(sample, processing(sample, "true"))
    deadline = time.monotonic() + 5
    while set(folder.iterdir()) - before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert set(folder.iterdir()) - before == set()
