"""Pipelines from creation to deletion, and who hears of them."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token


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
