"""A person approves or rejects, and stages wait their turn."""

import json
from typing import Any

import pytest

APPROVAL = {
    "name": "Approve",
    "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    "configuration": {"CustomData": "Commit #{Source.CommitId}", "ExternalEntityLink": "https://example.com"},
}
OK = "version: 0.2\nphases: {build: {commands: ['true']}}\nartifacts: {files: ['**/*']}\n"


def with_approval(delivery: Any, **changes: Any) -> None:
    stages = delivery.declaration()["stages"]
    gate = {"name": "Gate", "actions": [APPROVAL]}
    delivery.create(stages=[stages[0], gate, stages[1]], **changes)


def pending(delivery: Any) -> Any:
    latest = delivery.state("Gate")["actionStates"][0].get("latestExecution", {})
    return latest.get("token") and latest


def answer(delivery: Any, status: str, token: str) -> None:
    delivery.pipelines.put_approval_result(
        pipelineName=delivery.name,
        stageName="Gate",
        actionName="Approve",
        result={"status": status, "summary": "looked at it"},
        token=token,
    )


def test_approved_goes_on(delivery: Any) -> None:
    commit = delivery.commit({"buildspec.yml": OK})
    with_approval(delivery)
    waiting = delivery.until(lambda: pending(delivery))
    assert waiting["status"] == "InProgress"
    with pytest.raises(delivery.pipelines.exceptions.InvalidApprovalTokenException):
        answer(delivery, "Approved", "00000000-0000-0000-0000-000000000000")

    answer(delivery, "Approved", waiting["token"])

    execution = delivery.wait()
    assert execution["status"] == "Succeeded"
    action = delivery.actions(execution["pipelineExecutionId"])["Approve"]
    assert action["updatedBy"].endswith(":assumed-role/administrator/localcloud")
    assert action["input"]["resolvedConfiguration"]["CustomData"] == f"Commit {commit}"
    with pytest.raises(delivery.pipelines.exceptions.ApprovalAlreadyCompletedException):
        answer(delivery, "Approved", waiting["token"])


def test_rejected_ends_it(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    with_approval(delivery)
    waiting = delivery.until(lambda: pending(delivery))

    answer(delivery, "Rejected", waiting["token"])

    execution = delivery.wait()
    assert execution["status"] == "Failed"
    assert "Build" not in delivery.actions(execution["pipelineExecutionId"])
    error = delivery.state("Gate")["actionStates"][0]["latestExecution"]["errorDetails"]
    assert "looked at it" in error["message"]


def test_a_topic_hears_of_it(cloud: Any, delivery: Any) -> None:
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name=delivery.name)["TopicArn"]
    queue = sqs.create_queue(QueueName=delivery.name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    delivery.commit({"buildspec.yml": OK})
    stages = delivery.declaration()["stages"]
    action = APPROVAL | {"configuration": {"NotificationArn": topic}}
    delivery.create(stages=[stages[0], {"name": "Gate", "actions": [action]}])

    waiting = delivery.until(lambda: pending(delivery))

    message = json.loads(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]["Body"])
    assert message["approval"]["token"] == waiting["token"]
    assert message["approval"]["approvalReviewLink"].endswith(f"/Gate/Approve/approve/{waiting['token']}")
    answer(delivery, "Approved", waiting["token"])


def test_the_pipelines_role_has_to_be_allowed_to_publish(cloud: Any, delivery: Any) -> None:
    topic = cloud.client("sns").create_topic(Name=f"{delivery.name}-other")["TopicArn"]
    delivery.commit({"buildspec.yml": OK})
    stages = delivery.declaration()["stages"]
    action = APPROVAL | {"configuration": {"NotificationArn": topic}}
    delivery.create(stages=[stages[0], {"name": "Gate", "actions": [action]}])

    assert delivery.wait()["status"] == "Failed"
    error = delivery.state("Gate")["actionStates"][0]["latestExecution"]["errorDetails"]
    assert "is not authorized to perform: sns:Publish" in error["message"]


def test_a_newer_execution_takes_the_place_of_one_that_waits(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    with_approval(delivery)
    first = delivery.until(lambda: pending(delivery))
    delivery.commit({"a": "2"})
    delivery.until(lambda: delivery.state("Gate").get("inboundExecution"))
    third = delivery.commit({"a": "3"})

    delivery.until(
        lambda: [item["status"] for item in delivery.executions()] == ["InProgress", "Superseded", "InProgress"]
    )
    answer(delivery, "Approved", first["token"])

    second = delivery.until(lambda: (found := pending(delivery)) and found["token"] != first["token"] and found)
    answer(delivery, "Approved", second["token"])
    execution = delivery.wait(3)
    assert execution["status"] == "Succeeded"
    assert execution["sourceRevisions"][0]["revisionId"] == third


def test_queued_executions_go_in_turn(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    with_approval(delivery, executionMode="QUEUED")
    first = delivery.until(lambda: pending(delivery))
    delivery.commit({"a": "2"})
    delivery.commit({"a": "3"})
    delivery.until(lambda: len(delivery.state("Gate").get("inboundExecutions", [])) == 2)

    assert [item["status"] for item in delivery.executions()] == ["InProgress"] * 3
    answer(delivery, "Approved", first["token"])
    second = delivery.until(lambda: (found := pending(delivery)) and found["token"] != first["token"] and found)
    answer(delivery, "Rejected", second["token"])
    third = delivery.until(lambda: (found := pending(delivery)) and found["token"] != second["token"] and found)
    answer(delivery, "Approved", third["token"])
    delivery.wait(3)
    assert [item["status"] for item in delivery.executions()] == ["Succeeded", "Failed", "Succeeded"]


def test_a_closed_transition_holds_executions_back(delivery: Any) -> None:
    delivery.commit({"buildspec.yml": OK})
    delivery.create()
    delivery.wait()
    names = {"pipelineName": delivery.name, "stageName": "Build", "transitionType": "Inbound"}
    delivery.pipelines.disable_stage_transition(**names, reason="holidays")
    delivery.pipelines.start_pipeline_execution(name=delivery.name)

    held = delivery.until(lambda: (state := delivery.state("Build")).get("inboundExecution") and state)

    assert held["inboundTransitionState"]["disabledReason"] == "holidays"
    delivery.pipelines.enable_stage_transition(**names)
    assert delivery.wait(2)["status"] == "Succeeded"


@pytest.mark.parametrize("abandon", [True, False])
def test_an_execution_can_be_stopped(delivery: Any, abandon: bool) -> None:
    delivery.commit({"buildspec.yml": OK})
    with_approval(delivery)
    waiting = delivery.until(lambda: pending(delivery))
    execution_id = delivery.executions()[0]["pipelineExecutionId"]
    names = {"pipelineName": delivery.name, "pipelineExecutionId": execution_id}

    delivery.pipelines.stop_pipeline_execution(**names, abandon=abandon, reason="enough")

    if not abandon:
        assert delivery.executions()[0]["status"] == "Stopping"
        with pytest.raises(delivery.pipelines.exceptions.DuplicatedStopRequestException):
            delivery.pipelines.stop_pipeline_execution(**names)
        answer(delivery, "Approved", waiting["token"])
    stopped = delivery.wait()
    assert (stopped["status"], stopped["stopTrigger"]["reason"]) == ("Stopped", "enough")
    with pytest.raises(delivery.pipelines.exceptions.PipelineExecutionNotStoppableException):
        delivery.pipelines.stop_pipeline_execution(**names)
