"""Creating, starting and following the pipeline, against botocore's model of the API."""

import dataclasses
import json

import boto3
import pytest
from botocore.stub import ANY, Stubber

from pipeline import execution, run
from pipeline.definition import build, render
from pipeline.upsert import upsert

PIPELINE = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/penguins-p-abc123def456"
EXECUTION = f"{PIPELINE}/execution/abcdefghijkl"
NO_EXECUTIONS = {"PipelineExecutionSummaries": []}


@pytest.fixture
def sagemaker():
    client = boto3.client("sagemaker", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        client.stub = stub
        yield client
        stub.assert_no_pending_responses()


def expect_start(client, summaries=NO_EXECUTIONS, **expected):
    client.stub.add_response("list_pipeline_executions", summaries, {"PipelineName": ANY})
    client.stub.add_response(
        "start_pipeline_execution",
        {"PipelineExecutionArn": EXECUTION},
        {
            "PipelineName": "Penguins-p-abc123def456",
            "PipelineExecutionDisplayName": "commit-0123456789ab",
            "PipelineExecutionDescription": ANY,
            "PipelineParameters": [],
            "ClientRequestToken": ANY,
        }
        | expected,
    )


def expect_look(client, status, steps):
    client.stub.add_response(
        "describe_pipeline_execution",
        {"PipelineExecutionStatus": status},
        {"PipelineExecutionArn": EXECUTION},
    )
    expect_steps(client, steps)


def expect_steps(client, steps):
    client.stub.add_response(
        "list_pipeline_execution_steps",
        {"PipelineExecutionSteps": steps},
        {"PipelineExecutionArn": EXECUTION, "SortOrder": "Ascending"},
    )


def test_a_new_pipeline_is_created_with_role_and_tags(settings, sagemaker):
    request = {
        "PipelineName": settings.pipeline_name,
        "PipelineDisplayName": settings.pipeline_name,
        "PipelineDescription": ANY,
        "PipelineDefinition": "{}",
        "RoleArn": settings.role_arn,
    }
    sagemaker.stub.add_client_error("update_pipeline", "ResourceNotFound", expected_params=request)
    sagemaker.stub.add_response(
        "create_pipeline",
        {"PipelineArn": PIPELINE},
        {**request, "Tags": settings.tags},
    )

    assert upsert(settings, "{}", sagemaker) == PIPELINE


def test_an_existing_pipeline_is_updated_and_keeps_its_tags(settings, sagemaker):
    sagemaker.stub.add_response("update_pipeline", {"PipelineArn": PIPELINE})
    sagemaker.stub.add_response("add_tags", {"Tags": []}, {"ResourceArn": PIPELINE, "Tags": settings.tags})

    assert upsert(settings, "{}", sagemaker) == PIPELINE


def test_a_refused_update_is_not_taken_for_a_missing_pipeline(settings, sagemaker):
    sagemaker.stub.add_client_error("update_pipeline", "AccessDeniedException")

    with pytest.raises(sagemaker.exceptions.ClientError, match="AccessDenied"):
        upsert(settings, "{}", sagemaker)


def start(settings, sagemaker, definition="{}", parameters=None, summaries=NO_EXECUTIONS, name=ANY):
    """Start the pipeline and return the request that was sent."""
    sent = []
    sagemaker.meta.events.register_first(
        "provide-client-params.sagemaker.StartPipelineExecution", lambda params, **_: sent.append(params)
    )
    expect_start(sagemaker, summaries, PipelineExecutionDisplayName=name, PipelineParameters=ANY)
    execution.start(settings, definition, parameters or {}, sagemaker)
    return sent[-1]


def summary(request, status):
    return {
        "PipelineExecutionDescription": request["PipelineExecutionDescription"],
        "PipelineExecutionStatus": status,
    }


def test_starting_a_commit_twice_is_one_execution(settings, sagemaker):
    first = start(settings, sagemaker)
    under_way = {"PipelineExecutionSummaries": [summary(first, "Executing")]}

    assert 32 <= len(first["ClientRequestToken"]) <= 128
    assert start(settings, sagemaker, summaries=under_way) == first


def test_another_commit_definition_or_parameter_is_another_execution(settings, sagemaker):
    requests = [
        start(settings, sagemaker),
        start(dataclasses.replace(settings, commit="f" * 40), sagemaker),
        start(settings, sagemaker, definition="{ }"),
        start(settings, sagemaker, parameters={"RmseThreshold": "1"}),
    ]

    assert len({request["ClientRequestToken"] for request in requests}) == len(requests)


def test_after_a_failed_attempt_the_commit_is_started_again(settings, sagemaker):
    first = start(settings, sagemaker, name="commit-0123456789ab")
    failed = {"PipelineExecutionSummaries": [summary(first, "Failed")]}
    second = start(settings, sagemaker, summaries=failed, name="commit-0123456789ab-attempt-2")

    assert second["ClientRequestToken"] != first["ClientRequestToken"]


def test_the_failure_of_another_request_changes_nothing(settings, sagemaker):
    first = start(settings, sagemaker)
    other = start(settings, sagemaker, parameters={"RmseThreshold": "1"})
    failed = {"PipelineExecutionSummaries": [summary(other, "Failed"), {"PipelineExecutionStatus": "Stopped"}]}

    assert start(settings, sagemaker, summaries=failed) == first


@pytest.mark.parametrize(
    ("commit", "name"),
    [
        ("0123456789abcdef", "commit-0123456789ab"),
        ("0123456789abcdef-dirty", "commit-0123456789ab-dirty"),
        ("Vx.Z_kP--9", "commit-VxZkP9"),
    ],
)
def test_an_execution_is_named_after_its_commit(settings, sagemaker, commit, name):
    expect_start(sagemaker, PipelineExecutionDisplayName=name)

    execution.start(dataclasses.replace(settings, commit=commit), "{}", {}, sagemaker)


@pytest.fixture
def command(environ, sagemaker, tmp_path, monkeypatch):
    """Run the command with stand-ins for AWS; the upload and the pipeline itself have their own tests."""
    monkeypatch.setattr(run, "_client", lambda *_: sagemaker)
    monkeypatch.setattr(run.bundle, "upload", lambda *_: None)
    monkeypatch.setattr(run, "upsert", lambda *_: PIPELINE)

    def call(*arguments):
        return run.main([*arguments, "--record", str(tmp_path), "--poll-seconds", "0"], environ)

    call.record = tmp_path
    return call


def test_the_command_prints_the_execution_and_leaves_a_record(command, settings, sagemaker, capsys):
    expect_start(sagemaker)

    assert command() == 0
    assert capsys.readouterr().out == f"{EXECUTION}\n"
    record = json.loads((command.record / "run.json").read_text())
    assert record["execution"] == EXECUTION
    assert record["commit"] == settings.commit
    assert (command.record / "pipeline-definition.json").read_text() == render(build(settings)) + "\n"


def test_waiting_tells_each_step_once_and_ends_well(command, sagemaker, capsys):
    expect_start(sagemaker)
    expect_look(sagemaker, "Executing", [{"StepName": "Preprocess", "StepStatus": "Executing"}])
    expect_look(sagemaker, "Executing", [{"StepName": "Preprocess", "StepStatus": "Executing"}])
    expect_look(sagemaker, "Succeeded", [{"StepName": "Preprocess", "StepStatus": "Succeeded"}])

    assert command("--wait") == 0
    told = capsys.readouterr().err
    assert told.count("Preprocess: Executing") == 1
    assert "execution Succeeded" in told


def test_a_failed_step_fails_the_command_with_its_reason(command, sagemaker, capsys):
    steps = [
        {"StepName": "Evaluate", "StepStatus": "Succeeded"},
        {"StepName": "RejectModel", "StepStatus": "Failed", "FailureReason": "RMSE is 500 g, above 450 g"},
    ]
    expect_start(sagemaker)
    expect_look(sagemaker, "Failed", steps)
    expect_steps(sagemaker, steps)

    assert command("--wait") == 1
    assert "RejectModel: RMSE is 500 g, above 450 g" in capsys.readouterr().err


def test_an_execution_that_fails_without_a_failed_step_gives_its_own_reason(command, sagemaker, capsys):
    expect_start(sagemaker)
    expect_look(sagemaker, "Failed", [])
    expect_steps(sagemaker, [])
    sagemaker.stub.add_response(
        "describe_pipeline_execution", {"PipelineExecutionStatus": "Failed", "FailureReason": "no permission"}
    )

    assert command("--wait") == 1
    assert "no permission" in capsys.readouterr().err


def test_parameters_are_handed_on(command, sagemaker):
    expect_start(sagemaker, PipelineParameters=[{"Name": "RmseThreshold", "Value": "300"}])

    assert command("--parameter", "RmseThreshold=300") == 0


def test_an_unknown_parameter_is_refused_before_anything_happens(command, capsys):
    assert command("--parameter", "Threshold=300") == 1
    assert "no parameter Threshold; the pipeline has InputDataUri" in capsys.readouterr().err


def test_an_api_error_is_one_readable_line(command, sagemaker, capsys):
    sagemaker.stub.add_client_error("list_pipeline_executions", "AccessDeniedException", "not allowed")

    assert command() == 1
    assert capsys.readouterr().err.splitlines()[-1].endswith("not allowed")
