"""The build action: a CodeBuild build of an artifact.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

import json
from typing import Any

from localcloud.principals import AccessDeniedError
from localcloud.responses import ServiceException
from localcloud.services.codebuild import builds
from localcloud.services.codebuild.build import Build, PipelineContext
from localcloud.services.codebuild.projects import projects_of
from localcloud.services.codepipeline.actions.context import AbandonedError, ActionContext, ActionFailedError


def run(context: ActionContext) -> None:
    """Start a build with the pipeline's role and wait for its end."""
    build = _start(context)
    record = context.record
    record.external_id = build.id
    console = f"https://{context.region}.console.aws.amazon.com/codesuite/codebuild"
    name = build.project["name"]
    record.external_url = (
        f"{console}/{context.account_id}/projects/{name}/build/{build.id}/log?region={context.region}"
    )
    while not build.finished.wait(0.2):
        if context.execution.abandoned.is_set() or context.cloud.stopping:
            raise AbandonedError
    if build.log_group:
        record.log_stream_arn = build.shape()["logs"]["cloudWatchLogsArn"]
    if build.status != "SUCCEEDED":
        raise ActionFailedError("JobFailed", build.failure())
    record.variables = dict(build.exported)
    record.outputs = dict(build.pipeline.outputs) if build.pipeline else {}


def _start(context: ActionContext) -> Build:
    name = context.configuration["ProjectName"]
    service = builds.of(context.cloud)
    projects = projects_of(context.account_id, context.region)
    for action in ("codebuild:StartBuild", "codebuild:BatchGetBuilds"):
        if not context.role.allows(action, projects.arn(name)):
            message = f"Error calling {_method(action)}: {context.role.denial(action, projects.arn(name))}"
            context.role.record(
                "codebuild", action.split(":")[1], {"projectName": name}, error="AccessDeniedException"
            )
            raise ActionFailedError("PermissionError", message)
    variables = json.loads(context.configuration.get("EnvironmentVariables") or "[]")
    request: dict[str, Any] = {"projectName": name, "environmentVariablesOverride": variables}
    _record(context, "codebuild:StartBuild", request)
    pipeline = _pipeline_context(context)
    first = next(iter(pipeline.inputs.values()))
    try:
        build = service.start(
            projects,
            {**request, "sourceVersion": first.arn},
            initiator=pipeline.initiator,
            pipeline=pipeline,
        )
    except ServiceException as error:
        # CodePipeline's own words for what StartBuild answered.
        message = f"Error calling startBuild: {error.message} (Service: AWSCodeBuild; Error Code: {error.code})"
        raise ActionFailedError("ConfigurationError", message) from error
    _record(context, "codebuild:BatchGetBuilds", {"ids": [build.id]})
    return build


def _record(context: ActionContext, action: str, request: dict[str, Any]) -> None:
    try:
        context.role.record("codebuild", action.removeprefix("codebuild:"), request)
    except AccessDeniedError as error:
        raise ActionFailedError("PermissionError", f"Error calling {_method(action)}: {error.message}") from error


def _pipeline_context(context: ActionContext) -> PipelineContext:
    record = context.record
    record.inputs = {
        item["name"]: context.execution.artifacts[item["name"]] for item in record.action["inputArtifacts"]
    }
    primary = context.configuration.get("PrimarySource")
    names = sorted(record.inputs, key=lambda name: name != primary) if primary else list(record.inputs)
    return PipelineContext(
        initiator=f"codepipeline/{context.execution.name}",
        inputs={name: record.inputs[name] for name in names},
        outputs={item["name"]: context.new_location(item["name"]) for item in record.action["outputArtifacts"]},
        revision=_revision(context, names[0]),
    )


def _revision(context: ActionContext, artifact: str) -> str:
    """The commit that the artifact comes from, directly or through earlier builds."""
    revisions = context.execution.revisions.values()
    found = next((item for item in revisions if item.artifact == artifact), None)
    return (found or next(iter(revisions))).commit


def _method(action: str) -> str:
    name = action.split(":")[1]
    return name[0].lower() + name[1:]
