"""Training jobs by themselves."""

import io
import json
import tarfile

from tests.localcloud.sagemaker.conftest import Sample
from tests.localcloud.sagemaker.jobs import lines, train, training


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
    with tarfile.open(fileobj=io.BytesIO(sample.read(f"{output}/model.tar.gz"))) as archive:
        assert archive.getnames() == ["model.json"]
    with tarfile.open(fileobj=io.BytesIO(sample.read(f"{output}/output.tar.gz"))) as archive:
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
    with tarfile.open(fileobj=io.BytesIO(sample.read(job["ModelArtifacts"]["S3ModelArtifacts"]))) as archive:
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
