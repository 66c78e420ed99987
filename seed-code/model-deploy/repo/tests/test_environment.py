"""Deploying, going back, and what is written down about it. Terraform and SageMaker are stand-ins here."""

from typing import Any

import pytest
from support import ARN, Stage, choice, context, package, promoted

from deploy import generation, running
from deploy import records as written
from deploy.context import Context
from deploy.environment import Environment
from deploy.errors import DeployError
from deploy.inputs import inputs
from deploy.terraform import first_error

LIVE = "deploy/staging/live.json"


@pytest.fixture
def stage(tmp_path, monkeypatch):
    found = Stage(tmp_path)
    monkeypatch.setattr(Context, "environment_client", lambda self, service: found)
    monkeypatch.setattr(Context, "client", lambda self, service: found.client(service))
    monkeypatch.setattr(running, "sleep", lambda seconds: None)
    return found


@pytest.fixture
def staging(stage):
    return Environment(context(), promoted(), stage)


def records(staging: Environment) -> list[dict[str, Any]]:
    return [staging.s3.json(key) for key in staging.s3.written if "/deployments/" in key]


def passed(staging: Environment) -> None:
    written.verified(staging.context, staging.s3, staging.s3.json(LIVE)["current"])


def go_back(staging: Environment, reason: str) -> str:
    return staging.roll_back(staging.s3.json(LIVE)["current"], reason)


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


def kept(stage: Stage) -> list[str]:
    return [key.split("-")[0] for key in stage.values["generations"]]


def test_two_generations_are_kept_and_the_one_that_runs_is_one_of_them(staging, stage):
    for version in (1, 2, 3):
        staging.apply(choice(version), {})

    assert kept(stage) == ["2", "3"]
    staging.apply(choice(2), {})
    assert kept(stage) == ["3", "2"]


def test_a_rolled_back_update_fails_with_sagemakers_reason_and_what_runs_stays_known(staging, stage):
    staging.apply(choice(1), {})
    before = staging.s3.json(LIVE)
    stage.rolls_back = True

    with pytest.raises(DeployError, match=r"InService with \S+-1-.* not with \S+-2-.*The alarm latency fired"):
        staging.apply(choice(2), {})

    assert staging.s3.json(LIVE) == before
    assert records(staging)[-1]["outcome"] == "failed"
    stage.rolls_back = False
    staging.apply(choice(2), {})
    assert kept(stage) == ["1", "2"]


def test_what_an_apply_has_left_running_half_way_is_kept_by_the_next_one(staging, stage):
    staging.apply(choice(1), {})
    stage.fails_after = True
    with pytest.raises(DeployError, match="the alarm could not be made"):
        staging.apply(choice(2), {})
    assert staging.s3.json(LIVE)["package"] == f"{ARN}/1"
    stage.fails_after = False

    staging.apply(choice(3), {})

    assert kept(stage) == ["2", "3"], (
        "the endpoint ran the second: its configuration must not go before the endpoint does"
    )
    assert staging.s3.json(LIVE)["previous"].startswith("2-")


def test_what_a_stopped_build_has_left_under_way_is_neither_overtaken_nor_forgotten(staging, stage, capsys):
    staging.apply(choice(1), {})
    first = stage.running
    staging.apply(choice(2), {})
    stage.running, stage.pending = first, stage.running
    stage.commands.clear()

    with pytest.raises(DeployError, match=r"is Updating since before this deployment, with \S+-1-\S+ and \S+-2-"):
        staging.apply(choice(3), {})
    assert stage.commands == []
    assert records(staging)[-1]["outcome"] == "refused"
    assert capsys.readouterr().err == "ml-p-abc123-staging-realtime is Updating: waits for the end of that\n"

    staging.plan(choice(3), {})
    assert kept(stage) == ["1", "2", "3"], "what it runs, and what it may end with"

    # The update ends with the second, whatever the build knew of it.
    stage.running, stage.pending = stage.pending, None
    staging.apply(choice(3), {})
    assert kept(stage) == ["2", "3"]


def test_a_test_that_passes_while_terraform_runs_stays_written_down(staging, stage):
    staging.apply(choice(1), {})
    first = staging.s3.json(LIVE)["current"]
    count = len(staging.s3.written)
    # Just before live.json is written: the attempt is the first object.
    staging.s3.before_put = [lambda: passed(staging), lambda: None]

    staging.apply(choice(2), {})

    assert staging.s3.json(LIVE)["verified"] == [first]
    assert staging.s3.json(LIVE)["current"].startswith("2-")
    assert len([key for key in staging.s3.written[count:] if key == LIVE]) == 2


def test_a_fault_of_sagemaker_is_recorded_and_does_not_hide_the_first_reason(staging, stage):
    staging.apply(choice(1), {})
    run = stage.run

    def broken(command: str, *arguments: str, what: str) -> str:
        if command == "apply":
            stage.refuses.add("DescribeEndpoint")
            raise DeployError(f"{what}: the quota is reached")
        return str(run(command, *arguments, what=what))

    stage.run = broken
    with pytest.raises(
        DeployError, match=r"the quota is reached SageMaker could not be asked .*AccessDenied.*recorded in"
    ):
        staging.apply(choice(2), {})
    assert "the quota is reached" in records(staging)[-1]["reason"]


def test_who_approved_cannot_be_asked_and_nothing_is_deployed(stage):
    production = Environment(
        context(environment="prod", pipeline_name="deploy", pipeline_execution_id="e-1"), promoted(), stage
    )
    staging = Environment(context(), production.s3, stage)
    staging.apply(choice(1), {})
    passed(staging)
    stage.running = None
    stage.commands.clear()
    stage.refuses.add("ListActionExecutions")

    with pytest.raises(DeployError, match="AccessDenied"):
        production.apply(choice(1), {})
    assert (stage.commands, records(production)[-1]["outcome"]) == ([], "failed")


def test_a_half_way_apply_that_is_repeated_keeps_what_ran_before_it(staging, stage):
    staging.apply(choice(1), {})
    stage.fails_after = True
    with pytest.raises(DeployError):
        staging.apply(choice(2), {})
    stage.fails_after = False

    staging.apply(choice(2), {})

    assert kept(stage) == ["1", "2"]


def test_going_back_is_to_a_generation_that_has_passed_its_tests(staging, stage):
    staging.apply(choice(1), {})
    with pytest.raises(DeployError, match="No model was deployed before it"):
        go_back(staging, "wrong")

    staging.apply(choice(2), {})
    with pytest.raises(DeployError, match="has never passed these tests"):
        go_back(staging, "wrong")

    staging.apply(choice(1), {})
    passed(staging)
    staging.apply(choice(2), {})
    assert go_back(staging, "row 0 is wrong").startswith("1-")

    assert stage.running is not None and stage.running.startswith("1-")
    live = staging.s3.json(LIVE)
    assert live["package"] == f"{ARN}/1"
    assert live["previous"].startswith("2-")
    record = records(staging)[-1]
    assert (record["outcome"], record["reason"]) == ("rolled back", "row 0 is wrong")


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval", None])
def test_nothing_goes_back_to_a_model_that_is_approved_no_more(staging, stage, status):
    staging.apply(choice(1), {})
    passed(staging)
    staging.apply(choice(2), {})
    stage.registry.status[1] = status
    if status is None:
        del stage.registry.status[1]

    with pytest.raises(DeployError, match=rf"package/.*/1, is {status or 'deleted'}"):
        go_back(staging, "wrong")
    assert stage.running.startswith("2-")


def test_who_let_it_go_to_production_is_recorded(stage):
    production = Environment(
        context(environment="prod", pipeline_name="deploy", pipeline_execution_id="e-1"), promoted(), stage
    )
    staging = Environment(context(), production.s3, stage)
    staging.apply(choice(1), {})
    passed(staging)
    stage.running = None

    production.apply(choice(1), {})

    (key,) = [key for key in production.s3.written if key.startswith("deploy/prod/deployments/")]
    assert production.s3.json(key)["production_approval"] == {
        "by": "arn:aws:sts::111122223333:assumed-role/ops/kim",
        "at": "2026-01-02T03:04:05+00:00",
        "words": "Staging looks well.",
    }


def test_an_environment_that_was_removed_runs_nothing(staging, stage):
    staging.apply(choice(1), {})
    staging.destroy()

    assert written.live(staging.context, staging.s3) is None
    assert stage.commands[-1] == "destroy"
    assert records(staging)[-1]["outcome"] == "removed"


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
