"""The commands: what a person sees, what a tool gets, and the exit status."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from typer.testing import CliRunner

from projects import __main__ as commands
from projects.platform import Platform, PlatformError

ID = "p-aaaaaaaaaaaa"


@pytest.fixture
def run(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(commands, "_platform", lambda *_: world.platform)

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(commands.app, arguments)

    return invoke


def test_list(world: Any, run: Any) -> None:
    assert "There are no projects." in run("list").stdout
    world.project(ID, "churn")
    world.applied(ID)
    world.run(ID, "apply", timedelta(hours=2), outcome="failed", reason="The key is gone.")

    said = run("list").stdout

    [line] = [line for line in said.splitlines() if line.startswith("churn ")]
    assert line.split()[:8] == ["churn", ID, "CreateCompleted", "Model", "build", "1.0.0", "→", "1.1.0"]
    assert "apply failed, 2 h ago" in line
    assert "churn: The key is gone." in said
    [read] = json.loads(run("list", "--json", "--project", "churn").stdout)
    assert (read["id"], read["last_run"]["reason"]) == (ID, "The key is gone.")
    assert run("list", "--project", "other").exit_code == 2


def test_drift(world: Any, run: Any) -> None:
    world.project(ID, "churn")
    world.project("p-bbbbbbbbbbbb", "fraud")
    world.applied(ID)
    done = run("drift")
    assert done.exit_code == 0
    assert f"churn ({ID}): ml-projects-teardown:1" in done.stdout
    assert "fraud (p-bbbbbbbbbbbb): not looked at: nothing was applied" in done.stdout

    world.builds["ml-projects-teardown:2"] = "SUCCEEDED"
    world.run(ID, "plan", timedelta(), changes=True, changed=["aws_iam_role.build"])
    done = run("drift", "--wait", "--project", "churn")
    assert done.exit_code == 1
    assert "aws_iam_role.build" in done.stdout

    assert run("drift", "--wait", "--project", "fraud", "--json").exit_code == 2


def test_orphans(world: Any, run: Any) -> None:
    assert run("orphans").exit_code == 0
    world.state(ID, "managed")
    done = run("orphans")
    assert done.exit_code == 1
    assert "because no SageMaker project has this id, and 1 resources are in it" in done.stdout
    assert "1 thing belongs to nobody." in done.stdout
    assert json.loads(run("orphans", "--json").stdout)["orphans"][0]["kind"] == "state"


def test_destroying_package_1_asks_whether_projects_exist(world: Any, run: Any) -> None:
    world.state("p-gone")
    world.state("p-reads", "data")
    assert run("alive").exit_code == 0
    world.state("p-alive", "managed", "managed", "data")
    done = run("alive")
    assert done.exit_code == 1
    assert "1 project(s) exist" in done.stderr
    assert "unnamed (p-alive): no SageMaker project, 2 resources" in done.stderr
    assert "Perhaps more, without a state yet: " in done.stderr  # the account has no function to ask
    world.put("projects/p-damaged/terraform.tfstate", "{")
    done = run("alive")
    assert done.exit_code == 2
    assert "nothing was destroyed" in done.stderr


def test_a_project_that_is_being_created_keeps_package_1(world: Any, run: Any) -> None:
    world.state(ID, "managed")
    world.project(ID, "churn")
    world.project("p-bbbbbbbbbbbb", "fraud", status="CreateInProgress")
    asked = []

    def usage(event: dict[str, Any]) -> dict[str, Any]:
        asked.append(event)
        role = "arn:aws:iam::123456789012:role/studio"
        about = {"product": "model-build", "principal": role, "status": "UNDER_CHANGE"}
        known = [{"id": "p-bbbbbbbbbbbb", "name": "fraud", **about}, {"id": None, "name": "by-hand", **about}]
        return {"StatusCode": 200, "Payload": BytesIO(json.dumps({"projects": known}).encode())}

    world.answers("lambda", "Invoke", usage)
    done = run("alive")

    assert asked == [{"query": "usage"}]
    assert done.exit_code == 1
    said = [line.strip() for line in done.stderr.splitlines()]
    launched = "launched by arn:aws:iam::123456789012:role/studio, 0 resources"
    assert said[1:4] == [
        f"by-hand (no id): model-build, UNDER_CHANGE, {launched}",
        f"churn ({ID}): CreateCompleted, 1 resources",
        f"fraud (p-bbbbbbbbbbbb): model-build, CreateInProgress, {launched}",
    ]
    assert "Perhaps more" not in done.stderr


def test_what_keeps_the_guard_from_answering_is_told(world: Any, run: Any) -> None:
    world.state(ID, "managed")
    refusal = {"errorMessage": "Service Catalog does not say which products are provisioned."}
    body = json.dumps(refusal).encode()
    world.answers(
        "lambda", "Invoke", lambda _: {"FunctionError": "Unhandled", "Payload": BytesIO(body), "StatusCode": 200}
    )

    done = run("alive")

    assert done.exit_code == 1
    assert "ml-projects-watch: Service Catalog does not say which products" in done.stderr


def test_a_refusal_is_one_line(world: Any, run: Any) -> None:
    world.client("dynamodb").delete_table(TableName="sagemaker-projects-locks")
    done = run("orphans")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: An error occurred (ResourceNotFoundException)")


def test_the_platform_is_found_by_its_name_or_its_bucket(world: Any) -> None:
    other = Platform.find(name="ml-sagemaker", state_bucket="ml-ml-state-123456789012-eu-central-1")
    assert (other.name, other.lock_table, other.build) == ("ml-sagemaker", "ml-sagemaker-locks", "ml-ml-teardown")
    assert other.role_path == "/ml-sagemaker/projects/"
    assert Platform.find(name="ml-sagemaker").state_bucket == other.state_bucket
    with pytest.raises(PlatformError, match="Are these the right credentials"):
        Platform.find(state_bucket="x-state-000000000000-eu-west-1")
    with pytest.raises(PlatformError, match=r"called sagemaker-projects.*--name"):
        Platform.find(state_bucket=other.state_bucket)
