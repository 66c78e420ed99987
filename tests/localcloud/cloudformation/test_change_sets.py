"""Change sets, as ``aws cloudformation deploy`` uses them."""

from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

QUEUE = "AWS::SQS::Queue"


def template(name: str, **extra: Any) -> dict[str, Any]:
    return {"Resources": {"Queue": {"Type": QUEUE, "Properties": {"QueueName": name}}, **extra}}


def test_what_deploy_does_creates_and_updates(stacks: Any) -> None:
    """The calls of ``aws cloudformation deploy``; the command itself waits 30 seconds between two looks."""

    def deploy(kind: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
        made = stacks.client.create_change_set(
            StackName="deployed", ChangeSetName=name, ChangeSetType=kind, TemplateBody=yaml.safe_dump(content)
        )
        stacks.client.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"])
        stacks.client.execute_change_set(ChangeSetName=name, StackName="deployed")
        settled: dict[str, Any] = stacks.settled(made["StackId"])
        return settled

    assert deploy("CREATE", "one", template("deployed-one"))["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.physical("deployed")["Queue"].endswith("/deployed-one")
    more = template("deployed-two", More={"Type": QUEUE})
    assert deploy("UPDATE", "two", more)["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.physical("deployed")["Queue"].endswith("/deployed-two")
    assert set(stacks.physical("deployed")) == {"Queue", "More"}


def test_a_change_set_says_what_it_would_do(stacks: Any, runner: str) -> None:
    def run(word: str) -> dict[str, Any]:
        properties = {"Command": f"echo {word} > /command-output.txt", "Role": runner, "Timeout": 20}
        return {"Type": "AWSUtility::CloudFormation::CommandRunner", "Properties": properties}

    stack = stacks.create(template("reviewed", Run=run("one"), Gone={"Type": QUEUE}))
    new = template("reviewed", Run=run("two"), Added={"Type": QUEUE})
    made = stacks.client.create_change_set(
        StackName=stack["StackId"], ChangeSetName="look", TemplateBody=yaml.safe_dump(new)
    )
    shown = stacks.client.describe_change_set(ChangeSetName=made["Id"])
    assert (shown["Status"], shown["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    changes = {
        change["ResourceChange"]["LogicalResourceId"]: (
            change["ResourceChange"]["Action"],
            change["ResourceChange"].get("Replacement"),
        )
        for change in shown["Changes"]
    }
    assert changes == {"Run": ("Modify", "True"), "Added": ("Add", None), "Gone": ("Remove", None)}
    stacks.client.execute_change_set(ChangeSetName="look", StackName=stack["StackId"])
    assert stacks.settled(stack["StackId"])["StackStatus"] == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match="cannot be executed in its current status"):
        stacks.client.execute_change_set(ChangeSetName=made["Id"])


def test_a_change_set_without_changes_has_failed(stacks: Any) -> None:
    stack = stacks.create(template("unchanged"))
    made = stacks.client.create_change_set(
        StackName=stack["StackId"], ChangeSetName="nothing", UsePreviousTemplate=True
    )
    shown = stacks.client.describe_change_set(ChangeSetName=made["Id"])
    assert shown["Status"] == "FAILED"
    assert "didn't contain changes" in shown["StatusReason"]
    stacks.client.delete_change_set(ChangeSetName=made["Id"])
    with pytest.raises(stacks.client.exceptions.ChangeSetNotFoundException):
        stacks.client.describe_change_set(ChangeSetName=made["Id"])


def test_a_stack_in_review_has_nothing(stacks: Any) -> None:
    stacks.client.create_change_set(
        StackName="in-review",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=yaml.safe_dump(template("never-made")),
    )
    assert stacks.client.describe_stacks(StackName="in-review")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert stacks.physical("in-review") == {}
    listed = stacks.client.list_change_sets(StackName="in-review")["Summaries"]
    assert [item["ChangeSetName"] for item in listed] == ["first"]
    stacks.client.delete_stack(StackName="in-review")
