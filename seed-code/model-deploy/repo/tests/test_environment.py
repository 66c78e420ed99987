"""Deploying, going back, and what is written down about it. Terraform and SageMaker are stand-ins here."""

from pathlib import Path
from typing import Any

import pytest
from support import ARN, Bucket, context, package

from deploy import environment, generation
from deploy.context import Context
from deploy.deployment import Choice
from deploy.environment import Environment, inputs
from deploy.errors import DeployError
from deploy.terraform import first_error

LIVE = "deploy/staging/live.json"


class Stage:
    """Terraform and SageMaker: an endpoint that takes what is applied, or rolls back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands: list[str] = []
        self.values: dict[str, Any] = {}
        self.running: str | None = None
        self.fails = False

    def at(self, folder: Path) -> "Stage":
        return self

    def run(self, command: str, *arguments: str, what: str) -> str:
        self.commands.append(command)
        self.values = environment.json.loads((self.folder / "deployment.auto.tfvars.json").read_text())
        if command == "apply" and not self.fails:
            self.running = self.values["current"]
        return ""

    def outputs(self) -> dict[str, Any]:
        current = self.values["current"]
        return {
            "kind": "realtime",
            "endpoint_name": "endpoint",
            "endpoint_config_name": current,
            "model_name": current,
            "instance_type": "ml.m5.large",
        }

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        reason = {"FailureReason": "The alarm latency fired."} if self.fails else {}
        return {"EndpointStatus": "InService", "EndpointConfigName": self.running, **reason}


@pytest.fixture
def stage(tmp_path, monkeypatch):
    found = Stage(tmp_path)
    monkeypatch.setattr(Context, "environment_client", lambda self, service: found)
    return found


@pytest.fixture
def staging(stage):
    return Environment(context(), Bucket(), stage)


def choice(version: int) -> Choice:
    return Choice(package(arn=f"{ARN}/{version}", version=version, data_url=f"s3://b/{version}"), None)


def records(staging: Environment) -> list[dict[str, Any]]:
    return [staging.s3.json(key) for key in staging.s3.written if "/deployments/" in key]


def test_a_deployment_is_recorded_with_its_lineage(staging, stage):
    staging.apply(choice(1), {})

    [record] = records(staging)
    assert (record["outcome"], record["package"]["approver"], record["deploy_commit"]) == ("deployed", "jo", "c" * 40)
    assert stage.values["lineage"]["deploy:model-package"] == f"{ARN}/1"
    assert stage.values["environment"]["prefix"] == "ml-p-abc123-staging"
    assert stage.commands == ["init", "apply"]


def test_deploying_again_gives_terraform_the_same_values(staging, stage):
    staging.apply(choice(1), {})
    staging.apply(choice(2), {})
    staging.apply(choice(2), {})
    first = stage.values
    staging.apply(choice(2), {})

    assert stage.values == first
    assert [record["outcome"] for record in records(staging)] == ["deployed", "deployed", "unchanged", "unchanged"]


def test_two_generations_are_kept_and_the_one_that_runs_is_one_of_them(staging, stage):
    for version in (1, 2, 3):
        staging.apply(choice(version), {})

    assert [key.split("-")[0] for key in stage.values["generations"]] == ["2", "3"]
    staging.apply(choice(2), {})
    assert [key.split("-")[0] for key in stage.values["generations"]] == ["3", "2"]


def test_a_rolled_back_update_fails_with_sagemakers_reason_and_what_runs_stays_known(staging, stage):
    staging.apply(choice(1), {})
    before = staging.s3.json(LIVE)
    stage.fails = True

    with pytest.raises(DeployError, match=r"InService with 1-.* not with 2-.*The alarm latency fired"):
        staging.apply(choice(2), {})

    assert staging.s3.json(LIVE) == before
    assert records(staging)[-1]["outcome"] == "failed"
    stage.fails = False
    staging.apply(choice(2), {})
    assert [key.split("-")[0] for key in stage.values["generations"]] == ["1", "2"]


def test_going_back_needs_a_generation_before(staging, stage):
    staging.apply(choice(1), {})
    assert staging.roll_back() is None

    staging.apply(choice(2), {})
    assert (staging.roll_back() or "").startswith("1-")

    assert stage.running is not None and stage.running.startswith("1-")
    live = staging.s3.json(LIVE)
    assert live["package"] == f"{ARN}/1"
    assert live["previous"].startswith("2-")


def test_the_name_of_a_generation_follows_what_is_served_and_nothing_else():
    def key(settings: dict[str, Any], **changes: Any) -> str:
        return generation.make(context(), package(**changes), None, settings)[0]

    assert key({}) == key(
        {"alarms": {"errors": 3}, "traffic": {"type": "LINEAR"}, "autoscaling": None, "monitoring": None}
    )
    assert key({}) == key({}, approver="someone else")
    assert key({}) != key({"instance": {"count": 2}})
    assert key({}) != key({}, data_url="s3://other")
    assert key({"data_capture": {}}) != key({"data_capture": {"sampling_percentage": 50}})


def test_tags_hold_what_sagemaker_takes():
    tags = generation.lineage(package(approver="Jö (ops) <x>", commit="é" * 300))

    assert tags["deploy:approver"] == "J- -ops- -x-"
    assert len(tags["deploy:model-commit"]) == 256


def test_without_an_endpoint_role_it_is_said_which_variable():
    key, content = generation.make(context(), package(), None, {})

    with pytest.raises(DeployError, match="DEPLOY_ENDPOINT_ROLE_ARN"):
        inputs(context(endpoint_role_arn=None), key, {key: content}, package().as_json())


def test_the_first_error_of_terraform_is_told_without_its_frame():
    output = """
╷
│ Error: Invalid value for variable
│
│   on main.tf line 3, in module "settings":
│    3:   settings = 1
│     ├────────────────
│     │ var.settings.kind is "edge"
│
│ kind must be realtime.
╵
╷
│ Error: another
╵
""".splitlines()

    assert first_error(output) == "Invalid value for variable kind must be realtime."
