"""Pipelines whose steps really run."""

import io
import json
import tarfile
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token

STEP_FAILURE = "Step failure: One or multiple steps failed."


@pytest.fixture(scope="module")
def pipeline(sample: Sample) -> str:
    return sample.create(Tags=TAGS)


def read(sample: Sample, uri: str) -> bytes:
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    body: bytes = sample.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def until(sample: Sample, arn: str, step: str, status: str, seconds: float = 20.0) -> dict[str, Any]:
    """Wait until a step is in a state."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = sample.steps(arn).get(step, {})
        if found.get("StepStatus") == status:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{step} is not {status}: {sample.steps(arn)}")


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
    with tarfile.open(fileobj=io.BytesIO(read(sample, url))) as archive:
        model = archive.extractfile("model.json")
        assert model is not None
        assert json.load(model) == {"mean": 13.0}, "the mean of 11, 13 and 15"
    report = json.loads(read(sample, package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]))
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
    step = until(sample, arn, "Train", "Executing")
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


def test_independent_steps_run_side_by_side_unless_limited(sample: Sample) -> None:
    definition = sample.definition
    template = definition["Steps"][0]
    template["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = ["sleep"]
    template["Arguments"]["AppSpecification"]["ContainerArguments"] = ["1"]
    del template["Arguments"]["ProcessingOutputConfig"]
    definition["Steps"] = [{**template, "Name": name} for name in ("First", "Second")]
    name = sample.create(definition)

    def overlap(**more: Any) -> bool:
        answer = sample.sagemaker.start_pipeline_execution(PipelineName=name, ClientRequestToken=token(), **more)
        arn = answer["PipelineExecutionArn"]
        assert sample.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
        steps = sample.steps(arn)
        one, other = steps["First"], steps["Second"]
        return bool(one["StartTime"] < other["EndTime"] and other["StartTime"] < one["EndTime"])

    assert overlap()
    assert not overlap(ParallelismConfiguration={"MaxParallelExecutionSteps": 1})


def test_a_cached_step_does_not_run_again(sample: Sample) -> None:
    definition = sample.definition
    for part in ("train", "test"):
        outputs = definition["Steps"][0]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
        output = next(item for item in outputs if item["OutputName"] == part)
        output["S3Output"]["S3Uri"] = f"s3://{sample.bucket}/cached/{part}"
    definition["Steps"][0]["CacheConfig"] = {"Enabled": True, "ExpireAfter": "PT1H"}
    name = sample.create(definition)
    first = sample.start(name)
    sample.wait(first)

    second = sample.start(name)

    assert sample.wait(second)["PipelineExecutionStatus"] == "Succeeded"
    step = sample.steps(second)["Preprocess"]
    assert step["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert step["Metadata"] == sample.steps(first)["Preprocess"]["Metadata"]
    other = sample.start(name, Offset="1")
    sample.wait(other)
    assert "CacheHitResult" not in sample.steps(other)["Preprocess"]


def test_a_condition_can_be_referred_to_and_waited_for(sample: Sample) -> None:
    """As on AWS, the outcome reads ``false`` inside a Join and ``False`` in the step's metadata."""
    equals = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Number"}, "RightValue": 1}
    text = {"Std:Join": {"On": ": ", "Values": ["the outcome is", {"Get": "Steps.Check.Outcome"}]}}
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Number", "Type": "Integer", "DefaultValue": 2}],
        "PipelineExperimentConfig": {"ExperimentName": {"Get": "Execution.PipelineName"}, "TrialName": "Trial"},
        "Steps": [
            {"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": text}},
            {
                "Name": "Check",
                "Type": "Condition",
                "Arguments": {"Conditions": [equals], "IfSteps": [], "ElseSteps": []},
            },
        ],
    }
    name = sample.create(definition)
    arn = sample.start(name)
    execution = sample.wait(arn)
    assert execution["PipelineExperimentConfig"] == {"ExperimentName": name.lower(), "TrialName": "trial"}
    steps = sample.steps(arn)
    assert steps["Say"]["FailureReason"] == "the outcome is: false"
    assert steps["Check"]["Metadata"] == {"Condition": {"Outcome": "False"}}


def test_a_step_after_a_branch_not_taken_is_left_out(sample: Sample) -> None:
    equals = {"Type": "Equals", "LeftValue": 1, "RightValue": 2}
    inner = {"Name": "Inner", "Type": "Condition", "Arguments": {"Conditions": [equals]}}
    definition = {
        "Version": "2020-12-01",
        "Steps": [
            {"Name": "Outer", "Type": "Condition", "Arguments": {"Conditions": [equals], "IfSteps": [inner]}},
            {"Name": "After", "Type": "Condition", "DependsOn": ["Inner"], "Arguments": {"Conditions": [equals]}},
        ],
    }
    arn = sample.start(sample.create(definition))
    assert sample.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    assert list(sample.steps(arn)) == ["Outer"]


def test_a_pipeline_is_updated_listed_and_deleted(sample: Sample) -> None:
    client = sample.sagemaker
    name = sample.create(Tags=TAGS)
    first = client.describe_pipeline(PipelineName=name)
    assert first["PipelineStatus"] == "Active"
    assert first["CreatedBy"]["IamIdentity"]["Arn"].endswith("assumed-role/administrator/localcloud")
    with pytest.raises(ClientError, match=r"Pipeline names must be unique .* already exists"):
        client.create_pipeline(
            PipelineName=name,
            PipelineDefinition=json.dumps(sample.definition),
            RoleArn=sample.role_arn,
            ClientRequestToken=token(),
        )
    definition = sample.definition
    definition["Parameters"][2]["DefaultValue"] = 5
    updated = client.update_pipeline(
        PipelineName=name, PipelineDefinition=json.dumps(definition), PipelineDescription="now with five"
    )
    assert updated["PipelineVersionId"] == 2
    second = client.describe_pipeline(PipelineName=first["PipelineArn"])
    assert json.loads(second["PipelineDefinition"]) == definition
    assert second["PipelineDescription"] == "now with five"
    with pytest.raises(ClientError, match="Unable to parse"):
        client.update_pipeline(PipelineName=name, PipelineDefinition="{}")
    listed = client.list_pipelines(PipelineNamePrefix=name)["PipelineSummaries"]
    assert [item["PipelineName"] for item in listed] == [name]
    versions = client.list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"]
    assert [item["PipelineVersionId"] for item in versions] == [2, 1]

    arn = sample.start(name)
    running = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert json.loads(running["PipelineDefinition"]) == definition
    sample.wait(arn)
    client.update_pipeline_execution(PipelineExecutionArn=arn, PipelineExecutionDescription="a good one")
    assert (
        client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionDescription"]
        == "a good one"
    )
    client.delete_pipeline(PipelineName=name, ClientRequestToken=token())
    for call in (
        lambda: client.describe_pipeline(PipelineName=name),
        lambda: client.describe_pipeline_execution(PipelineExecutionArn=arn),
        lambda: client.update_pipeline(PipelineName=name),
        lambda: client.start_pipeline_execution(PipelineName=name, ClientRequestToken=token()),
    ):
        with pytest.raises(ClientError) as raised:
            call()
        assert raised.value.response["Error"]["Code"] == "ResourceNotFound"


def test_the_aws_cli_sees_it_too(sample: Sample, pipeline: str) -> None:
    aws = sample.cloud.aws
    started = aws(
        "sagemaker", "start-pipeline-execution", "--pipeline-name", pipeline,
        "--pipeline-parameters", "Name=Offset,Value=1",
    )  # fmt: skip
    arn = started["PipelineExecutionArn"]
    sample.wait(arn)
    described = aws("sagemaker", "describe-pipeline-execution", "--pipeline-execution-arn", arn)
    assert described["PipelineExecutionStatus"] == "Succeeded"
    steps = aws("sagemaker", "list-pipeline-execution-steps", "--pipeline-execution-arn", arn)
    assert len(steps["PipelineExecutionSteps"]) == 5
    executions = aws("sagemaker", "list-pipeline-executions", "--pipeline-name", pipeline)
    assert arn in [item["PipelineExecutionArn"] for item in executions["PipelineExecutionSummaries"]]


def test_states_are_announced_on_the_event_bus(sample: Sample, pipeline: str) -> None:
    events, logs = sample.cloud.client("events"), sample.cloud.client("logs")
    logs.create_log_group(logGroupName="/sample/events")
    pattern = {"source": ["aws.sagemaker"], "detail": {"currentPipelineExecutionStatus": ["Succeeded"]}}
    events.put_rule(Name="sample", EventPattern=json.dumps(pattern))
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:/sample/events"
    events.put_targets(Rule="sample", Targets=[{"Id": "logs", "Arn": group}])
    arn = sample.start(pipeline)
    sample.wait(arn)
    deadline = time.monotonic() + 5
    messages: list[dict[str, Any]] = []
    while not messages and time.monotonic() < deadline:
        messages = [
            json.loads(event["message"])
            for event in logs.filter_log_events(logGroupName="/sample/events")["events"]
        ]
        time.sleep(0.05)
    (event,) = messages
    assert event["detail-type"] == "SageMaker Model Building Pipeline Execution Status Change"
    assert event["detail"]["pipelineExecutionArn"] == arn
    assert event["detail"]["previousPipelineExecutionStatus"] == "Executing"
    events.remove_targets(Rule="sample", Ids=["logs"])
    events.delete_rule(Name="sample")
