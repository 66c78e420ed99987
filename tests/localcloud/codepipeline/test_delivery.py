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
