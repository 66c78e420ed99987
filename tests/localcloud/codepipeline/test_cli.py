"""The AWS CLI and git are all it takes."""

from typing import Any

SPEC = "version: 0.2\nphases: {build: {commands: ['echo built']}}\nartifacts: {files: ['**/*']}\n"
APPROVAL = {
    "name": "Approve",
    "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
}


def test_a_delivery_is_watched_and_approved_from_the_command_line(cloud: Any, delivery: Any) -> None:
    commit = delivery.commit({"buildspec.yml": SPEC})
    delivery.create(stages=[*delivery.declaration()["stages"], {"name": "Gate", "actions": [APPROVAL]}])
    name = delivery.name

    def gate() -> Any:
        states = cloud.aws("codepipeline", "get-pipeline-state", "--name", name)["stageStates"]
        latest = states[2]["actionStates"][0].get("latestExecution", {})
        return latest.get("token") and states

    states = delivery.until(gate, 60)
    assert [stage["latestExecution"]["status"] for stage in states] == ["Succeeded", "Succeeded", "InProgress"]
    assert states[0]["actionStates"][0]["currentRevision"]["revisionId"] == commit
    build_id = states[1]["actionStates"][0]["latestExecution"]["externalExecutionId"]
    build = cloud.aws("codebuild", "batch-get-builds", "--ids", build_id)["builds"][0]
    assert build["buildStatus"] == "SUCCEEDED"
    group, stream = build["logs"]["groupName"], build["logs"]["streamName"]
    events = cloud.aws("logs", "get-log-events", "--log-group-name", group, "--log-stream-name", stream)["events"]
    assert "built" in [event["message"] for event in events]

    token = states[2]["actionStates"][0]["latestExecution"]["token"]
    arguments = ["--pipeline-name", name, "--stage-name", "Gate", "--action-name", "Approve", "--token", token]
    cloud.aws("codepipeline", "put-approval-result", *arguments, "--result", "summary=fine,status=Approved")

    execution = delivery.wait()
    found = cloud.aws(
        "codepipeline",
        "get-pipeline-execution",
        "--pipeline-name",
        name,
        "--pipeline-execution-id",
        execution["pipelineExecutionId"],
    )["pipelineExecution"]
    assert found["status"] == "Succeeded"
    started = cloud.aws("codepipeline", "start-pipeline-execution", "--name", name)["pipelineExecutionId"]
    stop = ["--pipeline-name", name, "--pipeline-execution-id", started, "--abandon"]
    cloud.aws("codepipeline", "stop-pipeline-execution", *stop)
    assert delivery.wait(2)["status"] == "Stopped"
