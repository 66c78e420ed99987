"""From a push to a finished build."""

import io
import json
import zipfile
from typing import Any

BUILDSPEC = """
version: 0.2
env:
  variables: {GREETING: hello}
  exported-variables: [RESULT]
phases:
  build:
    commands:
      - RESULT="$GREETING $(cat name.txt)"
      - echo "$RESULT"
artifacts:
  files: ['**/*']
"""


def test_a_push_is_built_and_everything_tells_the_truth(cloud: Any, delivery: Any) -> None:
    first = delivery.commit({"buildspec.yml": BUILDSPEC, "name.txt": "one"})
    delivery.create()
    assert delivery.wait()["status"] == "Succeeded"
    second = delivery.commit({"name.txt": "two"}, message="Second")

    execution = delivery.wait(2)

    assert execution["status"] == "Succeeded"
    assert execution["trigger"]["triggerType"] == "WebhookV2"
    assert execution["sourceRevisions"][0]["revisionId"] == second != first
    assert json.loads(execution["sourceRevisions"][0]["revisionSummary"])["CommitMessage"] == "Second"
    actions = delivery.actions(execution["pipelineExecutionId"])
    assert actions["Source"]["output"]["outputVariables"]["CommitId"] == second
    assert actions["Build"]["output"]["outputVariables"] == {"RESULT": "hello two"}

    build_id = actions["Build"]["output"]["executionResult"]["externalExecutionId"]
    build = cloud.client("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
    assert (build["buildStatus"], build["initiator"]) == ("SUCCEEDED", f"codepipeline/{delivery.name}")
    assert build["resolvedSourceVersion"] == second
    events = cloud.client("logs").get_log_events(
        logGroupName=f"/aws/codebuild/{delivery.name}", logStreamName=build["logs"]["streamName"]
    )["events"]
    assert "hello two" in [event["message"] for event in events]

    location = actions["Build"]["output"]["outputArtifacts"][0]["s3location"]
    stored = cloud.client("s3").get_object(Bucket=location["bucket"], Key=location["key"])["Body"].read()
    assert set(zipfile.ZipFile(io.BytesIO(stored)).namelist()) == {"buildspec.yml", "name.txt"}

    state = delivery.state("Build")
    assert state["latestExecution"]["status"] == "Succeeded"
    assert state["actionStates"][0]["latestExecution"]["externalExecutionId"] == build_id


def test_the_tagging_api_finds_what_a_project_owns(cloud: Any, delivery: Any) -> None:
    tag = {"key": "sagemaker:project-id", "value": delivery.name}
    delivery.pipelines.create_pipeline(pipeline=delivery.declaration(), tags=[tag])
    cloud.client("codebuild").update_project(name=delivery.name, tags=[tag])
    client = cloud.client("resourcegroupstaggingapi")
    wanted = [{"Key": tag["key"], "Values": [tag["value"]]}]

    found = client.get_resources(TagFilters=wanted)["ResourceTagMappingList"]

    prefix = "eu-central-1:123456789012"
    assert {item["ResourceARN"] for item in found} == {
        f"arn:aws:codepipeline:{prefix}:{delivery.name}",
        f"arn:aws:codebuild:{prefix}:project/{delivery.name}",
    }
    client.tag_resources(ResourceARNList=[item["ResourceARN"] for item in found], Tags={"more": "tags"})
    assert {"key": "more", "value": "tags"} in delivery.pipelines.list_tags_for_resource(
        resourceArn=f"arn:aws:codepipeline:{prefix}:{delivery.name}"
    )["tags"]
