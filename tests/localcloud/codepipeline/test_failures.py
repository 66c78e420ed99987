"""What fails says why, where AWS says it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

OK = "version: 0.2\nphases: {build: {commands: ['true']}}\nartifacts: {files: ['**/*']}\n"


def error_of(delivery: Any, action: str) -> dict[str, str]:
    execution = delivery.wait()
    assert execution["status"] == "Failed"
    found = delivery.actions(execution["pipelineExecutionId"])[action]
    assert found["status"] == "Failed"
    details: dict[str, str] = found["output"]["executionResult"]["errorDetails"]
    state = delivery.state(found["stageName"])
    assert state["latestExecution"]["status"] == "Failed"
    latest = next(item for item in state["actionStates"] if item["actionName"] == action)["latestExecution"]
    assert latest["errorDetails"] == details
    return details


def test_a_failing_build_fails_the_pipeline_with_the_builds_reason(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": "version: 0.2\nphases: {build: {commands: ['exit 4']}}\n"})
    delivery.create()

    error = error_of(delivery, "Build")

    assert error["code"] == "JobFailed"
    assert "Error while executing command: exit 4. Reason: exit status 4" in error["message"]


def test_a_missing_branch_and_a_missing_repository(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK}, branch="other")
    delivery.create()

    assert error_of(delivery, "Source")["message"] == (
        f"[GitHub] No Branch [main] found for FullRepositoryName [{delivery.repository}]"
    )


def test_a_missing_repository(delivery: Any) -> None:
    declaration = delivery.declaration()
    declaration["stages"][0]["actions"][0]["configuration"]["FullRepositoryId"] = "example-org/nowhere"
    delivery.pipelines.create_pipeline(pipeline=declaration)

    assert "Repository not found" in error_of(delivery, "Source")["message"]


def test_a_pending_connection_fetches_nothing(cloud: Any, delivery: Any) -> None:
    connection = cloud.client("codeconnections").create_connection(ProviderType="GitHub", ConnectionName="new")
    cloud.client("iam").delete_role_policy(RoleName=delivery.pipeline_role.rsplit("/", 1)[-1], PolicyName="access")
    declaration = delivery.declaration()
    declaration["stages"][0]["actions"][0]["configuration"]["ConnectionArn"] = connection["ConnectionArn"]
    delivery.pipelines.create_pipeline(pipeline=declaration)

    error = error_of(delivery, "Source")

    assert error["code"] == "PermissionError"
    assert error["message"].startswith(f"Unable to use Connection: {connection['ConnectionArn']}.")
    statement = {"Effect": "Allow", "Action": "codeconnections:UseConnection", "Resource": "*"}
    cloud.client("iam").put_role_policy(
        RoleName=delivery.pipeline_role.rsplit("/", 1)[-1],
        PolicyName="use",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    delivery.pipelines.start_pipeline_execution(name=delivery.name)
    delivery.wait(2)
    assert "PENDING" in error_of(delivery, "Source")["message"]


def test_a_role_that_may_not_start_the_build(cloud: Any, delivery: Any) -> None:
    name = delivery.pipeline_role.rsplit("/", 1)[-1]
    iam = cloud.client("iam")
    document = iam.get_role_policy(RoleName=name, PolicyName="access")["PolicyDocument"]
    document["Statement"] = [
        item for item in document["Statement"] if "codebuild:StartBuild" not in item["Action"]
    ]
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=json.dumps(document))
    delivery.commit({"buildspec.yml": OK})
    delivery.create()

    error = error_of(delivery, "Build")

    assert error["code"] == "PermissionError"
    assert "is not authorized to perform: codebuild:StartBuild" in error["message"]


def test_artifacts_lie_under_the_pipelines_first_twenty_characters_and_their_own_name(
    cloud: Any, delivery: Any
) -> None:
    name = f"{delivery.name}-has-a-long-name"
    role = delivery.pipeline_role.rsplit("/", 1)[-1]
    text = json.dumps(cloud.client("iam").get_role_policy(RoleName=role, PolicyName="access")["PolicyDocument"])

    def may_write_under(folder: str) -> None:
        document = text.replace(f"{delivery.bucket}/*", f"{delivery.bucket}/{folder}/*")
        cloud.client("iam").put_role_policy(RoleName=role, PolicyName="access", PolicyDocument=document)

    delivery.commit({"buildspec.yml": OK})
    declaration = delivery.declaration(name=name)
    may_write_under(name)
    delivery.pipelines.create_pipeline(pipeline=declaration)
    delivery.name = name

    assert error_of(delivery, "Source")["code"] == "PermissionError"

    may_write_under(f"{name[:20]}/built")
    delivery.pipelines.start_pipeline_execution(name=name)
    delivery.wait(2)
    assert error_of(delivery, "Source")["code"] == "PermissionError"

    may_write_under(f"{name[:20]}/source")
    delivery.pipelines.start_pipeline_execution(name=name)

    found = delivery.wait(3)
    assert found["status"] == "Succeeded"
    source = delivery.actions(found["pipelineExecutionId"])["Source"]["output"]["outputArtifacts"]
    assert source[0]["s3location"]["key"].startswith(f"{name[:20]}/")


def test_an_unresolved_variable(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    declaration = delivery.declaration()
    declaration["stages"][1]["actions"][0]["configuration"]["EnvironmentVariables"] = (
        '[{"name": "A", "value": "#{Nobody.Knows}"}]'
    )
    delivery.pipelines.create_pipeline(pipeline=declaration)

    assert "#{Nobody.Knows}" in error_of(delivery, "Build")["message"]


def test_a_failed_stage_can_be_retried(cloud: Any, delivery: Any) -> None:
    command = "'test \"$FLAG\" = up'"
    spec = f"version: 0.2\nphases: {{build: {{commands: [{command}]}}}}\nartifacts: {{files: ['*']}}\n"
    delivery.commit({"buildspec.yml": spec})
    delivery.create()
    error_of(delivery, "Build")
    execution_id = delivery.executions()[0]["pipelineExecutionId"]
    project = cloud.client("codebuild").batch_get_projects(names=[delivery.name])["projects"][0]
    environment = project["environment"] | {"environmentVariables": [{"name": "FLAG", "value": "up"}]}
    cloud.client("codebuild").update_project(name=delivery.name, environment=environment)

    delivery.pipelines.retry_stage_execution(
        pipelineName=delivery.name, stageName="Build", pipelineExecutionId=execution_id, retryMode="FAILED_ACTIONS"
    )

    assert delivery.until(lambda: delivery.executions()[0]["status"] == "Succeeded")
    with pytest.raises(delivery.pipelines.exceptions.StageNotRetryableException):
        delivery.pipelines.retry_stage_execution(
            pipelineName=delivery.name,
            stageName="Build",
            pipelineExecutionId=execution_id,
            retryMode="ALL_ACTIONS",
        )


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (lambda d: d["stages"].pop(), "InvalidStructureException", "minimum of 2 stages"),
        (
            lambda d: d.update(roleArn="arn:aws:iam::123456789012:role/none"),
            "InvalidStructureException",
            "AssumeRole",
        ),
        (lambda d: d.update(pipelineType="V1", executionMode="QUEUED"), "InvalidStructureException", "V2"),
        (
            lambda d: d["stages"][1]["actions"][0].update(inputArtifacts=[{"name": "nothing"}]),
            "InvalidActionDeclarationException",
            "Input Artifact Bundle nothing",
        ),
        (
            lambda d: d["stages"][1]["actions"][0]["actionTypeId"].update(provider="Jenkins"),
            "InvalidActionDeclarationException",
            "is not available",
        ),
        (
            lambda d: d["stages"][1]["actions"][0].update(configuration={}),
            "InvalidActionDeclarationException",
            "ProjectName",
        ),
        (lambda d: d["stages"].reverse(), "InvalidStructureException", "first stage"),
        (lambda d: d.update(name="no spaces"), "ValidationException", "regular expression"),
    ],
)
def test_definitions_that_make_no_sense_are_refused(delivery: Any, change: Any, code: str, message: str) -> None:
    declaration = delivery.declaration()
    change(declaration)

    with pytest.raises(ClientError) as raised:
        delivery.pipelines.create_pipeline(pipeline=declaration)

    assert raised.value.response["Error"]["Code"] == code
    assert message in raised.value.response["Error"]["Message"]


def test_what_does_not_exist_is_not_found(delivery: Any) -> None:
    errors = delivery.pipelines.exceptions
    with pytest.raises(errors.PipelineNotFoundException):
        delivery.pipelines.get_pipeline(name="nobody")
    delivery.create()
    with pytest.raises(errors.PipelineNameInUseException):
        delivery.create()
    with pytest.raises(errors.PipelineExecutionNotFoundException):
        delivery.pipelines.get_pipeline_execution(
            pipelineName=delivery.name, pipelineExecutionId="00000000-0000-0000-0000-000000000000"
        )
    with pytest.raises(errors.PipelineVersionNotFoundException):
        delivery.pipelines.get_pipeline(name=delivery.name, version=9)
