"""Executions: their parameters, starting twice, stopping, trying again."""

import time

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import Sample, token


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"Nothing": "1"}, "Unknown pipeline parameters: [Nothing]"),
        ({"Offset": "many"}, "not of type Integer"),
        ({"Offset": "1.5"}, "not of type Integer"),
        ({"MaximumError": "low"}, "not of type Float"),
        ({"InstanceType": "ml.c5.large"}, "not one of [ml.m5.large, ml.m5.xlarge]"),
    ],
)
def test_wrong_parameters_are_refused(sample: Sample, pipeline: str, given: dict[str, str], reason: str) -> None:
    with pytest.raises(ClientError) as raised:
        sample.start(pipeline, **given)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert reason in raised.value.response["Error"]["Message"]


def test_a_parameter_without_a_default_must_be_given(sample: Sample) -> None:
    definition = sample.definition
    del definition["Parameters"][0]["DefaultValue"]
    name = sample.create(definition)
    with pytest.raises(ClientError, match="without a default: \\[InputData\\]"):
        sample.start(name)


def test_parameters_of_an_execution_are_told_with_their_defaults(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline, Offset="3")
    answer = sample.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    values = {item["Name"]: item["Value"] for item in answer["PipelineParameters"]}
    assert values["Offset"] == "3"
    assert values["MaximumError"] == "5.0"
    sample.wait(arn)


def test_starting_twice_with_one_token_starts_once(sample: Sample, pipeline: str) -> None:
    words = {"PipelineName": pipeline, "ClientRequestToken": token(), "PipelineExecutionDisplayName": "once"}
    first = sample.sagemaker.start_pipeline_execution(**words)["PipelineExecutionArn"]
    assert sample.sagemaker.start_pipeline_execution(**words)["PipelineExecutionArn"] == first
    assert sample.wait(first)["PipelineExecutionDisplayName"] == "once"


def test_a_stopped_execution_stops_its_job_and_can_be_retried(sample: Sample, pipeline: str) -> None:
    arn = sample.start(pipeline, Seconds="30")
    step = sample.until(arn, "Train", "Executing")
    with pytest.raises(ClientError, match="cannot be retried: its status is Executing"):
        sample.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())
    with pytest.raises(ClientError, match="cannot be deleted"):
        sample.sagemaker.delete_pipeline(PipelineName=pipeline, ClientRequestToken=token())
    time.sleep(0.5)

    begun = time.monotonic()
    sample.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())

    assert sample.wait(arn)["PipelineExecutionStatus"] == "Stopped"
    assert time.monotonic() - begun < 15
    stopped = sample.steps(arn)
    assert stopped["Train"]["StepStatus"] == "Stopped"
    assert "Evaluate" not in stopped
    job = (stopped["Train"].get("Metadata") or step["Metadata"])["TrainingJob"]["Arn"].rsplit("/", 1)[-1]
    assert sample.sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="cannot be stopped: its status is Stopped"):
        sample.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())


def test_a_retry_runs_only_what_has_not_succeeded(sample: Sample) -> None:
    definition = sample.definition
    judged = definition["Steps"][2]["Arguments"]["ProcessingInputs"]
    judged.append(
        {
            "InputName": "extra",
            "S3Input": {
                "S3Uri": f"s3://{sample.bucket}/later/",
                "LocalPath": "/opt/ml/processing/input/extra",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
    )
    arn = sample.start(sample.create(definition))
    assert sample.wait(arn)["PipelineExecutionStatus"] == "Failed"
    before = sample.steps(arn)
    sample.cloud.client("s3").put_object(Bucket=sample.bucket, Key="later/file", Body=b"now it is there")

    sample.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())

    assert sample.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    after = sample.steps(arn)
    assert after["Train"] == before["Train"], "what had succeeded did not run again"
    assert after["Evaluate"]["AttemptCount"] == 2
    sample.cloud.client("s3").delete_object(Bucket=sample.bucket, Key="later/file")
