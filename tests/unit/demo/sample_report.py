"""A report as a good run writes it."""

import random
from datetime import UTC, datetime, timedelta

from demo.report.model import (
    Delivery,
    Deployment,
    Endpoint,
    Metric,
    Model,
    PipelineStep,
    Prediction,
    Project,
    Report,
    Span,
    State,
    Step,
)

BEGAN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
_STEPS = [
    (0, "platform engineer applies package 1", "service-catalog-setup/", False, 3.1, 72.4),
    (1, "data scientist creates a project", "the product template", False, 22.0, 23.0),
    (2, "Service Catalog launches the product", "portfolio, launch role", False, 23.0, 24.4),
    (3, "the runner fetches the pinned release", "runner/", False, 24.4, 28.6),
    (
        4,
        "package 2 creates artifact bucket, CodeBuild, CodePipeline",
        "sagemaker-project-setup/",
        False,
        28.6,
        88.0,
    ),
    (5, "the Lambda renders the seed and pushes it", "lambdas/seed_repository/", False, 47.0, 49.2),
    (6, "the push triggers CodePipeline", "buildspec.yml", False, 51.0, 58.0),
    (7, "preprocess → train → evaluate → register", "pipeline/", False, 58.0, 66.0),
    (8, "an approved model goes to staging and production", "deploy-*.tf", False, 66.5, 101.0),
    (6, "the push triggers CodePipeline", "buildspec.yml", True, 67.0, 75.0),
    (7, "preprocess → train → evaluate → register", "pipeline/", True, 75.0, 83.0),
]


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def span(lane: str, name: str, start: float, end: float, state: State = State.SUCCEEDED) -> Span:
    return Span(lane, name, at(start), at(end), state)


def pipeline_steps(start: float, *, passed: bool = True) -> list[PipelineStep]:
    done, other = (State.SUCCEEDED, State.SKIPPED) if passed else (State.SKIPPED, State.FAILED)
    return [
        PipelineStep("Preprocess", "Processing", State.SUCCEEDED, [], at(start), at(start + 1.7)),
        PipelineStep("Train", "Training", State.SUCCEEDED, ["Preprocess"], at(start + 1.7), at(start + 4.1)),
        PipelineStep(
            "Evaluate", "Processing", State.SUCCEEDED, ["Train", "Preprocess"], at(start + 4.1), at(start + 6.0)
        ),
        PipelineStep("QualityGate", "Condition", State.SUCCEEDED, ["Evaluate"], at(start + 6.0), at(start + 6.0)),
        PipelineStep("RegisterModel", "RegisterModel", done, ["QualityGate", "Train", "Evaluate"]),
        PipelineStep("RejectModel", "Fail", other, ["QualityGate", "Evaluate"]),
    ]


def model(version: int, estimator: str, rmse: float) -> Model:
    values = random.Random(version)  # noqa: S311 - a picture, no secret
    actual = [values.uniform(2800, 6100) for _ in range(69)]
    return Model(
        arn=f"arn:aws:sagemaker:eu-central-1:123456789012:model-package/penguins-p-abc123/{version}",
        version=version,
        approval="PendingManualApproval",
        estimator=estimator,
        threshold=450.0,
        rows=69,
        metrics=[
            Metric("rmse", rmse, 23.4, 805.2),
            Metric("mae", rmse * 0.81, 20.1, 661.0),
            Metric("r2", 0.871, 0.02, -0.001),
        ],
        predictions=[(round(value, 1), round(values.gauss(value, rmse), 1)) for value in actual],
    )


def delivery(number: int, message: str, start: float, registered: Model | None) -> Delivery:
    return Delivery(
        commit=f"{number}4c1d0e9f3b7a8c5d6e2f1a0b9c8d7e6f5a4b3c",
        message=message,
        author="Data Scientist",
        diff='-estimator = "ridge" # or "gradient-boosting"\n+estimator = "gradient-boosting"'
        if number == 2
        else "",
        pipeline="ml-p-abc123-build",
        execution="6f1f2d3e-0000-4000-8000-00000000000" + str(number),
        trigger="CreatePipeline" if number == 1 else "push to main",
        state=State.SUCCEEDED,
        build="ml-p-abc123-build:11111111-2222-4333-8444-555555555555",
        training_execution="arn:aws:sagemaker:eu-central-1:123456789012:pipeline/penguins-p-abc123/execution/abcdefghijkl",
        steps=pipeline_steps(start),
        model=registered,
    )


def endpoint(environment: str) -> Endpoint:
    rows = [
        Prediction(
            {"bill_length_mm": f"{40 + row}", "species": "Adelie", "sex": ""},
            3700 + row,
            3710.04 + row,
            3710 + row,
        )
        for row in range(20)
    ]
    name = f"ml-p-abc123-{environment}-realtime"
    return Endpoint(environment, name, f"{name}-1", "InService", "1 x ml.m5.large", 12.3, rows)


def deployment() -> Deployment:
    stages: list[PipelineStep] = []
    for number, name in enumerate(("Source", "Build", "Staging", "SmokeTest", "Approval", "Production", "Verify")):
        before = [stages[-1].name] if stages else []
        start = at(67 + 4 * number)
        kind = "Manual" if name == "Approval" else "CodeBuild"
        stages.append(PipelineStep(name, kind, State.SUCCEEDED, before, start, start + timedelta(seconds=4)))
    return Deployment(
        pipeline="ml-p-abc123-deploy",
        package="arn:aws:sagemaker:eu-central-1:123456789012:model-package/penguins-p-abc123/1",
        version=1,
        execution="7f1f2d3e-0000-4000-8000-000000000001",
        trigger="a rule of EventBridge",
        approval="Staging answers as the evaluation did",
        state=State.SUCCEEDED,
        stages=stages,
        endpoints=[endpoint("staging"), endpoint("prod")],
    )


def report() -> Report:
    values = random.Random(1)  # noqa: S311 - a picture, no secret
    spans = [
        span("Terraform 1", f"aws_resource.{index}", 6 + index / 3, 7 + index / 3 + values.random())
        for index in range(38)
    ]
    spans += [
        span("Terraform 1", "aws_s3_bucket_lifecycle_configuration.state", 16, 71.5),
        span("CloudFormation", "stack SC-123456789012-pp-abc", 23.5, 89),
        span("CloudFormation", "Project (CommandRunner)", 24.4, 88.2),
        span("Runner", "terraform init", 25, 28.5),
    ]
    spans += [span("Terraform 2", f"aws_project.{index}", 29 + index / 2, 30.5 + index / 2) for index in range(28)]
    spans += [
        span("Terraform 2", "aws_s3_bucket_lifecycle_configuration.artifacts", 32, 87.4),
        span("Lambda", "ml-p-abc123-seed", 47, 49.2),
    ]
    for start in (51.0, 67.0):
        spans += [
            span("CodePipeline", "Source", start, start + 0.6),
            span("CodePipeline", "Build", start + 0.6, start + 7),
        ]
        spans += [
            span("CodeBuild", "DOWNLOAD_SOURCE", start + 0.7, start + 0.9),
            span("CodeBuild", "INSTALL", start + 0.9, start + 3.1),
            span("CodeBuild", "BUILD", start + 3.1, start + 6.2),
        ]
        spans += [
            span(
                "SageMaker",
                step.name,
                (step.started - BEGAN).total_seconds(),
                (step.ended - BEGAN).total_seconds(),
            )
            for step in pipeline_steps(start + 7)
            if step.started and step.ended
        ]
    return Report(
        started=BEGAN,
        state=State.SUCCEEDED,
        seconds=91.3,
        versions={"Python": "3.11.2", "Terraform": "1.11.4", "AWS provider": "5.100.0", "moto": "5.2.5"},
        account="123456789012",
        region="eu-central-1",
        steps=[
            Step(
                number,
                title,
                place,
                again,
                State.SUCCEEDED,
                start,
                end,
                ["41 resources made; nothing else waits."],
            )
            for number, title, place, again, start, end in _STEPS
        ],
        project=Project(
            name="penguins",
            identifier="p-abc123",
            arn="arn:aws:sagemaker:eu-central-1:123456789012:project/penguins",
            repository="http://127.0.0.1:41234/example-org/penguins",
            stack="arn:aws:cloudformation:eu-central-1:123456789012:stack/SC-123456789012-pp-abc/1234",
            record="s3://ml-projects-state-123456789012-eu-central-1/projects/p-abc123/runs/20261120T093024Z-apply.json",
            state="CreateCompleted",
            resources=29,
        ),
        deliveries=[
            delivery(1, "Start penguins from the seed model-build", 58, model(1, "ridge", 291.7)),
            delivery(2, "Try gradient boosting", 75, model(2, "gradient-boosting", 303.4)),
        ],
        deployment=deployment(),
        spans=spans,
    )
