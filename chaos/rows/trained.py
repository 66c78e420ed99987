"""Faults while a project is deleted that has been worked with: models, data, a training and a build under way.

Nobody trains in the campaign, so what a training leaves is put there.
"""

import json
from typing import Any

from chaos.faults import dies_at_call, dies_at_line
from chaos.row import Moment, Row

_SLEEP = "600"
_BUILD = f"version: 0.2\nphases:\n  build:\n    commands:\n      - sleep {_SLEEP}\n"


def work(moment: Moment) -> None:
    """Data in versions, two models, a SageMaker pipeline with an execution under way, and a build under way."""
    _objects(moment)
    _models(moment)
    _training(moment)
    _build(moment)


def _worked_with(moment: Moment) -> None:
    work(moment)
    moment.struck += 1


def _objects(moment: Moment) -> None:
    s3, bucket = moment.room.engineer("s3"), moment.project.bucket
    for number in range(3):
        s3.put_object(Bucket=bucket, Key="data/penguins.csv", Body=f"version {number}".encode())
    s3.put_object(Bucket=bucket, Key="models/model.tar.gz", Body=b"a model")
    s3.delete_object(Bucket=bucket, Key="data/penguins.csv")  # a marker above its versions


def _models(moment: Moment) -> None:
    image = f"{moment.room.account}.dkr.ecr.{moment.room.region}.amazonaws.com/sagemaker-scikit-learn:1.9-0"
    container = {"Image": image, "ModelDataUrl": f"s3://{moment.project.bucket}/models/model.tar.gz"}
    for _ in range(2):
        moment.room.engineer("sagemaker").create_model_package(
            ModelPackageGroupName=moment.project.sagemaker_name,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )


def _training(moment: Moment) -> None:
    sagemaker, name = moment.room.engineer("sagemaker"), moment.project.sagemaker_name
    role_name = f"{moment.project.prefix}-execution"
    role = moment.room.engineer("iam").get_role(RoleName=role_name)["Role"]["Arn"]
    account, region = moment.room.account, moment.room.region
    arguments = {
        "RoleArn": role,
        "AppSpecification": {
            "ImageUri": f"{account}.dkr.ecr.{region}.amazonaws.com/sagemaker-scikit-learn:1.9-0",
            "ContainerEntrypoint": ["sleep", _SLEEP],
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
    }
    definition = {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [],
        "Steps": [{"Name": "Wait", "Type": "Processing", "Arguments": arguments}],
    }
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=json.dumps(definition), RoleArn=role)
    started = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    while not _executing(sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=started)):
        moment.pause()


def _executing(listed: dict[str, Any]) -> bool:
    return any(step["StepStatus"] == "Executing" for step in listed["PipelineExecutionSteps"])


def _build(moment: Moment) -> None:
    codebuild = moment.room.engineer("codebuild")
    started = codebuild.start_build(
        projectName=f"{moment.project.prefix}-build",
        sourceTypeOverride="NO_SOURCE",
        artifactsOverride={"type": "NO_ARTIFACTS"},
        buildspecOverride=_BUILD,
    )["build"]["id"]
    while (build := codebuild.batch_get_builds(ids=[started])["builds"][0])["currentPhase"] != "BUILD":
        if build["buildStatus"] != "IN_PROGRESS":
            moment.fail(f"the build that was to be under way ended with {build['buildStatus']}")
        moment.pause()


TRAINED: tuple[Row, ...] = (
    Row(
        "delete/worked-with",
        "it has data, models, a training and a build under way",
        before=_worked_with,
        fails=False,
    ),
    Row(
        "delete/killed-stopping-training",
        "runner killed when it has stopped the training",
        lambda m: [
            dies_at_call(m.project.name, "sagemaker", "StopPipelineExecution", when="after", build=True),
        ],
        before=work,
        fails=True,
    ),
    Row(
        "delete/killed-among-the-models",
        "runner killed when it has deleted one of two models",
        lambda m: [dies_at_call(m.project.name, "sagemaker", "DeleteModelPackage", when="after", build=True)],
        before=work,
        fails=True,
    ),
    Row(
        "delete/lost-at-the-bucket",
        "the build loses its machine when it comes to the artifact bucket",
        lambda m: [dies_at_line(m.project.name, "^== Artifact bucket", "terminate", build=True)],
        before=work,
        fails=True,
    ),
    Row(
        "delete/killed-emptying-the-bucket",
        "runner killed when it has emptied the artifact bucket",
        lambda m: [
            dies_at_call(m.project.name, "s3", "DeleteObjects", {"Bucket": "ml-p-*"}, when="after", build=True)
        ],
        before=work,
        fails=True,
    ),
)

__all__ = ["TRAINED", "work"]
