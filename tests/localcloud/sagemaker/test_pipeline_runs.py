"""Pipelines whose steps really run."""

import io
import json
import tarfile

import pytest

from tests.localcloud.sagemaker.conftest import Sample

STEP_FAILURE = "Step failure: One or multiple steps failed."


def test_a_model_is_prepared_trained_judged_and_registered(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline, Offset="10")

    execution = sample.wait(arn)

    assert execution["PipelineExecutionStatus"] == "Succeeded", sample.steps(arn)
    assert "FailureReason" not in execution
    assert execution["PipelineExecutionDisplayName"].startswith("execution-")
    steps = sample.steps(arn)
    assert list(steps) == ["Register", "Gate", "Evaluate", "Train", "Preprocess"], "the latest first, as on AWS"
    for step in steps.values():
        assert (step["StepStatus"], step["AttemptCount"]) == ("Succeeded", 1)
        assert step["StartTime"] <= step["EndTime"]
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    package = sample.sagemaker.describe_model_package(
        ModelPackageName=steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["MetadataProperties"]["GeneratedBy"] == arn
    url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    with tarfile.open(fileobj=io.BytesIO(sample.read(url))) as archive:
        model = archive.extractfile("model.json")
        assert model is not None
        assert json.load(model) == {"mean": 13.0}, "the mean of 11, 13 and 15"
    report = json.loads(sample.read(package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]))
    assert report == {"metrics": {"mae": {"value": pytest.approx(5 / 3)}}}


def test_the_jobs_of_a_pipeline_carry_its_name_and_tags(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline)
    sample.wait(arn)
    execution_id = arn.rsplit("/", 1)[-1]
    for step, kind in (("Preprocess", "ProcessingJob"), ("Train", "TrainingJob")):
        job = sample.steps(arn)[step]["Metadata"][kind]["Arn"]
        assert f"/pipelines-{execution_id}-{step}-" in job
        tags = {tag["Key"]: tag["Value"] for tag in sample.sagemaker.list_tags(ResourceArn=job)["Tags"]}
        assert tags == {
            "sagemaker:project-name": "Sample",
            "sagemaker:project-id": "p-sample1",
            "sagemaker:pipeline-execution-arn": arn,
        }
    group = sample.sagemaker.describe_model_package_group(ModelPackageGroupName=sample.group)
    group_tags = sample.sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
    assert {"Key": "sagemaker:project-id", "Value": "p-sample1"} in group_tags


def test_jobs_may_have_a_prefix_of_their_own(sample: Sample) -> None:
    definition = sample.definition
    definition["Steps"][0]["Arguments"]["ProcessingJobName"] = "p-sample1-prepare"
    definition["Steps"][1]["Arguments"]["TrainingJobName"] = {
        "Std:Join": {"On": "-", "Values": ["p-sample1", "train"]}
    }
    arn = sample.start(sample.create(definition))
    assert sample.wait(arn)["PipelineExecutionStatus"] == "Succeeded", sample.steps(arn)
    execution_id, steps = arn.rsplit("/", 1)[-1], sample.steps(arn)
    assert f"/p-sample1-prepare-{execution_id}-" in steps["Preprocess"]["Metadata"]["ProcessingJob"]["Arn"]
    assert f"/p-sample1-train-{execution_id}-" in steps["Train"]["Metadata"]["TrainingJob"]["Arn"]


def test_everything_is_done_as_the_execution_role(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline)
    sample.wait(arn)
    execution_id = arn.rsplit("/", 1)[-1]

    calls = [call for call in sample.cloud.internal.call_log.read() if call["role_arn"] == sample.role_arn]

    by_pipeline = {
        call["operation"] for call in calls if f"sagemaker-pipeline-{execution_id}-" in call["principal"]
    }
    assert by_pipeline >= {
        "CreateProcessingJob", "DescribeProcessingJob", "CreateTrainingJob", "DescribeTrainingJob",
        "CreateModelPackageGroup", "CreateModelPackage", "DescribeModelPackage", "GetObject", "HeadObject",
    }  # fmt: skip
    by_jobs = {call["operation"] for call in calls if call["principal"].endswith("/SageMaker")}
    assert by_jobs >= {
        "ListObjectsV2", "GetObject", "PutObject", "CreateLogGroup", "CreateLogStream", "PutLogEvents",
    }  # fmt: skip
    (created,) = [call for call in calls if call["operation"] == "CreateTrainingJob" and execution_id in str(call)]
    assert created["parameters"]["RoleArn"] == sample.role_arn, (
        "who evaluates the log sees the role that is passed"
    )


def test_a_model_that_misses_the_gate_ends_the_execution(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline, MaximumError="0.5")

    execution = sample.wait(arn)

    assert execution["PipelineExecutionStatus"] == "Failed"
    assert execution["FailureReason"] == STEP_FAILURE
    steps = sample.steps(arn)
    assert "Register" not in steps, "a step of the other branch never starts"
    assert steps["Gate"]["StepStatus"] == "Succeeded"
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "False"}}
    message = "The mean absolute error is above 0.5"
    assert steps["TooWrong"]["FailureReason"] == message
    assert steps["TooWrong"]["Metadata"] == {"Fail": {"ErrorMessage": message}}
    (summary,) = [
        item
        for item in sample.sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
        if item["PipelineExecutionArn"] == arn
    ]
    assert summary["PipelineExecutionFailureReason"] == STEP_FAILURE


def test_a_script_that_raises_fails_its_step_with_the_exception(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline, Explode="yes")

    assert sample.wait(arn)["PipelineExecutionStatus"] == "Failed"

    step = sample.steps(arn)["Train"]
    assert step["StepStatus"] == "Failed"
    assert step["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n")
    assert "ValueError: exploded, as asked" in step["FailureReason"]
    assert "Evaluate" not in sample.steps(arn)
    name = step["Metadata"]["TrainingJob"]["Arn"].rsplit("/", 1)[-1]
    job = sample.sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"] == step["FailureReason"]


def test_a_job_that_cannot_be_created_fails_its_step(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline, InputData=f"s3://{sample.bucket}/nothing/")
    sample.wait(arn)
    reason = sample.steps(arn)["Preprocess"]["FailureReason"]
    assert reason.startswith("ClientError: Data download failed")
    assert f"s3://{sample.bucket}/nothing/" in reason

    definition = sample.definition
    definition["Steps"][1]["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = (
        "s3://nowhere/x"
    )
    arn = sample.start(sample.create(definition))
    sample.wait(arn)
    reason = sample.steps(arn)["Train"]["FailureReason"]
    assert reason.startswith(
        "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: No S3 objects"
    )
