"""Processing jobs by themselves."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token, trust
from tests.localcloud.sagemaker.jobs import ended, lines, process, processing, train, training


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
    assert sample.read(f"s3://{sample.bucket}/sorted/deep/sorted.csv").split() == [
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
