"""Which pushes start a pipeline."""

import time
from typing import Any

import pytest

from localcloud.services.codepipeline.globs import matches, passes

OK = "version: 0.2\nphases: {build: {commands: ['env | sort']}}\nartifacts: {files: ['**/*']}\n"


def trigger(**push: Any) -> list[dict[str, Any]]:
    configuration = {"sourceActionName": "Source", "push": [push]}
    return [{"providerType": "CodeStarSourceConnection", "gitConfiguration": configuration}]


def settle(delivery: Any) -> int:
    time.sleep(1.0)
    delivery.wait()
    return len(delivery.executions())


def test_without_a_filter_only_the_configured_branch_counts(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    delivery.create()
    delivery.wait()

    delivery.commit({"a": "1"}, branch="other")
    assert settle(delivery) == 1
    delivery.commit({"a": "2"})
    delivery.wait(2)


def test_detection_can_be_switched_off(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    stages = delivery.declaration()["stages"]
    stages[0]["actions"][0]["configuration"]["DetectChanges"] = "false"
    delivery.create(stages=stages)
    delivery.wait()

    delivery.commit({"a": "1"})

    assert settle(delivery) == 1


def test_branch_filters_start_the_pushed_branch(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    delivery.create(triggers=trigger(branches={"includes": ["release/*"], "excludes": ["release/old"]}))
    delivery.wait()
    delivery.commit({"a": "1"})
    delivery.commit({"a": "2"}, branch="release/old")
    assert settle(delivery) == 1

    commit = delivery.commit({"a": "3"}, branch="release/1")

    execution = delivery.wait(2)
    variables = delivery.actions(execution["pipelineExecutionId"])["Source"]["output"]["outputVariables"]
    assert (variables["BranchName"], variables["CommitId"]) == ("release/1", commit)


def test_path_filters_look_at_what_changed(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    delivery.create(
        triggers=trigger(
            branches={"includes": ["main"]}, filePaths={"includes": ["src/**"], "excludes": ["**/*.md"]}
        )
    )
    delivery.wait()
    delivery.commit({"docs/a.txt": "1", "src/README.md": "1"})
    assert settle(delivery) == 1

    delivery.commit({"src/deep/model.py": "1"})

    assert delivery.wait(2)["status"] == "Succeeded"


def test_tags_start_when_asked_for(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    delivery.create(triggers=trigger(tags={"includes": ["v*"]}))
    delivery.wait()
    delivery.commit({"a": "1"})
    assert settle(delivery) == 1
    token = delivery.cloud.internal.settings.github_token
    address = delivery.cloud.git_url.replace("http://", f"http://x-access-token:{token}@")

    delivery.git("tag", "v1")
    delivery.git("push", "--quiet", f"{address}/{delivery.repository}.git", "v1")

    assert delivery.wait(2)["status"] == "Succeeded"


def test_pipeline_variables_and_source_variables_reach_the_build(cloud: Any, delivery: Any) -> None:
    commit = delivery.commit({"buildspec.yml": OK})
    stages = delivery.declaration()["stages"]
    stages[1]["actions"][0]["configuration"]["EnvironmentVariables"] = (
        '[{"name": "STAGE", "value": "#{variables.stage}"}, {"name": "COMMIT", "value": "#{Source.CommitId}"},'
        ' {"name": "EXECUTION", "value": "#{codepipeline.PipelineExecutionId}"}]'
    )
    delivery.create(stages=stages, variables=[{"name": "stage", "defaultValue": "dev"}])
    delivery.wait()

    started = delivery.pipelines.start_pipeline_execution(
        name=delivery.name, variables=[{"name": "stage", "value": "prod"}]
    )

    delivery.wait(2)
    found = delivery.pipelines.get_pipeline_execution(
        pipelineName=delivery.name, pipelineExecutionId=started["pipelineExecutionId"]
    )["pipelineExecution"]
    assert found["variables"] == [{"name": "stage", "resolvedValue": "prod"}]
    action = delivery.actions(started["pipelineExecutionId"])["Build"]
    build_id = action["output"]["executionResult"]["externalExecutionId"]
    build = cloud.client("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
    events = cloud.client("logs").get_log_events(
        logGroupName=build["logs"]["groupName"], logStreamName=build["logs"]["streamName"], startFromHead=True
    )["events"]
    lines = [event["message"] for event in events]
    for line in ("STAGE=prod", f"COMMIT={commit}", f"EXECUTION={started['pipelineExecutionId']}"):
        assert line in lines
    assert f"CODEBUILD_INITIATOR=codepipeline/{delivery.name}" in lines
    assert f"CODEBUILD_RESOLVED_SOURCE_VERSION={commit}" in lines


def test_an_older_commit_can_be_asked_for(delivery: Any) -> None:
    first = delivery.commit({"buildspec.yml": OK})
    delivery.commit({"a": "1"})
    delivery.create()
    delivery.wait()

    delivery.pipelines.start_pipeline_execution(
        name=delivery.name,
        sourceRevisions=[{"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": first}],
    )

    assert delivery.wait(2)["sourceRevisions"][0]["revisionId"] == first


def test_a_full_clone_has_history(delivery: Any) -> None:
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", '
        '"Action": "codeconnections:UseConnection", "Resource": "*"}}'
    )
    delivery.cloud.client("iam").put_role_policy(
        RoleName=delivery.build_role.rsplit("/", 1)[-1], PolicyName="clone", PolicyDocument=policy
    )
    delivery.commit({"a": "1"})
    delivery.commit({"buildspec.yml": OK.replace("env | sort", 'test "$(git rev-list --count HEAD)" = 2')})
    stages = delivery.declaration()["stages"]
    stages[0]["actions"][0]["configuration"]["OutputArtifactFormat"] = "CODEBUILD_CLONE_REF"

    delivery.create(stages=stages)

    assert delivery.wait()["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("main", "main", True),
        ("release/*", "release/1", True),
        ("release/*", "release/1/2", False),
        ("release/**", "release/1/2", True),
        ("feature-?", "feature-1", True),
        ("{main,develop}", "develop", True),
        ("v[0-9].*", "v1.2", True),
        ("v[!0-9]", "v1", False),
        ("a.b", "axb", False),
    ],
)
def test_globs(pattern: str, value: str, expected: bool) -> None:
    assert matches(pattern, value) is expected


def test_excludes_win_over_includes() -> None:
    filters = {"includes": ["**"], "excludes": ["docs/**"]}

    assert passes(filters, ["src/a"])
    assert not passes(filters, ["docs/a"])
    assert passes(None, [])
