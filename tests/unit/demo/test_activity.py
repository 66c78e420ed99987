from datetime import timedelta
from typing import Any

from demo import activity
from demo.report.model import Delivery, Deployment, PipelineStep, State
from tests.unit.demo.account import BEGAN, Logs, Service, scene

RUNNER, SEED = "/sagemaker-projects/runner", "/aws/lambda/ml-p-abc123-seed"


def at(seconds: float) -> Any:
    return BEGAN + timedelta(seconds=seconds)


def event(name: str, status: str, seconds: float, kind: str = "AWSUtility::CloudFormation::CommandRunner") -> Any:
    return {"LogicalResourceId": name, "ResourceStatus": status, "Timestamp": at(seconds), "ResourceType": kind}


def spans(lane: str, **services: Any) -> list[tuple[str, float, float, State]]:
    found = scene(
        **{"logs": Logs(), "cloudformation": Service(describe_stack_events={"StackEvents": []}), **services}
    )
    if "codepipeline" in services:
        found.report.deliveries = [Delivery("0" * 40, "seed", execution="1", build="b:1")]
        found.report.deliveries[0].steps = [
            PipelineStep("Train", "Training", State.SUCCEEDED, [], at(1), at(3)),
            PipelineStep("RejectModel", "Fail", State.SKIPPED),
        ]
    return [
        (span.name, (span.started - BEGAN).total_seconds(), (span.ended - BEGAN).total_seconds(), span.state)
        for span in activity.gather(found)
        if span.lane == lane
    ]


def test_stack_events_become_spans_of_resources() -> None:
    events = [
        event("SC-1", "ROLLBACK_COMPLETE", 9, "AWS::CloudFormation::Stack"),
        event("Project", "CREATE_FAILED", 7),
        event("Project", "CREATE_IN_PROGRESS", 2),
        event("Project", "CREATE_IN_PROGRESS", 1),
        event("SC-1", "CREATE_IN_PROGRESS", 0, "AWS::CloudFormation::Stack"),
    ]

    found = spans("CloudFormation", cloudformation=Service(describe_stack_events={"StackEvents": events}))

    assert found == [("SC-1", 0, 9, State.FAILED), ("Project (CommandRunner)", 1, 7, State.FAILED)]


def test_the_runners_log_becomes_phases_and_resources() -> None:
    stream = "p-abc123/apply/1"
    logs = Logs(
        (RUNNER, stream, 1, "== Fetch the release"),
        (RUNNER, stream, 3, "== Apply"),
        (RUNNER, stream, 4, "aws_s3_bucket.artifacts: Creating..."),
        (RUNNER, stream, 5, "aws_s3_bucket.artifacts: Creation complete after 1s [id=x]"),
        (RUNNER, stream, 6, "Succeeded."),
        (RUNNER, "p-other/apply/1", 2, "== Somebody else's"),
    )

    assert spans("Runner", logs=logs) == [
        ("Fetch the release", 1, 3, State.SUCCEEDED),
        ("Apply", 3, 6, State.SUCCEEDED),
    ]
    assert spans("Terraform, package 2", logs=logs) == [("aws_s3_bucket.artifacts", 4, 5, State.SUCCEEDED)]


def test_lambdas_platform_events_become_spans() -> None:
    def line(kind: str, second: int) -> tuple[str, str, float, str]:
        return (
            SEED,
            "1",
            0,
            f'{{"time": "2026-11-20T09:30:{second:02d}.000Z", "type": "platform.{kind}", "record": {{}}}}',
        )

    logs = Logs(line("initStart", 1), line("start", 2), (SEED, "1", 0, '{"level": "INFO"}'), line("report", 4))

    assert spans("Lambda", logs=logs) == [
        ("start of the environment", 1, 2, State.SUCCEEDED),
        ("seed-repository", 2, 4, State.SUCCEEDED),
    ]


def test_the_deployment_shows_its_stages_and_what_terraform_makes() -> None:
    group = "/aws/codebuild/ml-p-abc123-deploy-prod"
    endpoint = 'aws_sagemaker_endpoint.this["realtime"]'
    actions = [
        {"stageName": name, "startTime": at(start), "lastUpdateTime": at(start + 5), "status": "Succeeded"}
        for name, start in (("Production", 9), ("Staging", 2))
    ]
    asked: list[str] = []
    made = scene(
        logs=Logs(
            (group, "1", 10, f"{endpoint}: Creating..."),
            (group, "1", 13, f"{endpoint}: Creation complete after 3s [id=x]"),
        ),
        cloudformation=Service(describe_stack_events={"StackEvents": []}),
        codepipeline=Service(
            list_action_executions=lambda pipelineName: (
                asked.append(pipelineName) or {"actionExecutionDetails": actions}
            )
        ),
    )
    made.report.deployment = Deployment("ml-p-abc123-deploy", "arn", 1, execution="1")

    found = [(span.lane, span.name, span.started, span.ended) for span in activity.gather(made)]

    assert asked == ["ml-p-abc123-deploy"]
    assert found == [
        ("Deploy pipeline", "Staging", at(2), at(7)),
        ("Deploy pipeline", "Production", at(9), at(14)),
        ("Terraform, endpoints", endpoint, at(10), at(13)),
    ]


def test_builds_show_the_phases_that_took_time() -> None:
    action = {"stageName": "Build", "startTime": at(1), "lastUpdateTime": at(9), "status": "Failed"}
    build = {
        "phases": [
            {"phaseType": "QUEUED", "startTime": at(1), "endTime": at(1), "phaseStatus": "SUCCEEDED"},
            {"phaseType": "BUILD", "startTime": at(1), "endTime": at(8), "phaseStatus": "FAILED"},
            {"phaseType": "COMPLETED", "startTime": at(8)},
        ]
    }
    services = {
        "codepipeline": Service(list_action_executions={"actionExecutionDetails": [action]}),
        "codebuild": Service(batch_get_builds={"builds": [build]}),
    }

    assert spans("CodePipeline", **services) == [("Build", 1, 9, State.FAILED)]
    assert spans("CodeBuild", **services) == [("BUILD", 1, 8, State.FAILED)]
    assert spans("SageMaker", **services) == [("Train", 1, 3, State.SUCCEEDED)]
