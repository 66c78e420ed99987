"""A build that was stopped while Terraform worked: the next one goes on from what there is."""

import pytest
from support import ARN, Stage, StoppedError, choice, context, promoted

from deploy import adoption, running
from deploy.context import Context
from deploy.environment import Environment
from deploy.errors import DeployError

PREFIX = "ml-p-abc123-staging"


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


def stop(staging: Environment, version: int) -> None:
    staging.terraform.stops = True
    with pytest.raises(StoppedError):
        staging.apply(choice(version), {})
    staging.terraform.stops = False


def versions(stage: Stage) -> list[str]:
    return [key.split("-")[0] for key in stage.values["generations"]]


def test_what_the_endpoint_has_got_is_taken_over(staging, stage, capsys):
    staging.apply(choice(1), {})
    stop(staging, 2)
    second = stage.running
    capsys.readouterr()

    staging.apply(choice(3), {})

    assert versions(stage) == ["2", "3"]
    assert stage.imports() == [
        {"to": f'aws_sagemaker_model.generation["{second}"]', "id": f"{PREFIX}-{second}"},
        {"to": f'aws_sagemaker_endpoint_configuration.generation["{second}"]', "id": f"{PREFIX}-{second}"},
    ]
    assert f"has made: {PREFIX}-{second}, {PREFIX}-{second}" in capsys.readouterr().err
    # From then on it is in the state like everything else.
    staging.apply(choice(1), {})
    assert (versions(stage), stage.imports()) == (["3", "1"], [])


def test_what_no_endpoint_has_got_is_taken_over_too_and_goes_with_the_next_deployment(staging, stage):
    staging.apply(choice(1), {})
    stage.rolls_back = True
    stop(staging, 2)
    stage.rolls_back = False

    staging.apply(choice(3), {})

    assert versions(stage) == ["2", "1", "3"]
    assert staging.s3.json("deploy/staging/live.json")["previous"].startswith("1-")
    staging.apply(choice(1), {})
    assert versions(stage) == ["3", "1"]
    # Nobody asks for it in vain: it may be deployed again.
    staging.apply(choice(2), {})
    assert versions(stage) == ["1", "2"]


def test_a_deployment_that_is_repeated_takes_over_what_it_has_made_itself(staging, stage):
    stop(staging, 1)

    staging.apply(choice(1), {})

    taken = [block["to"].partition("[")[0] for block in stage.imports()]
    assert taken == [
        "aws_sagemaker_model.generation",
        "aws_sagemaker_endpoint_configuration.generation",
        "aws_sagemaker_endpoint.this",
        "aws_cloudwatch_log_group.endpoint",
    ]
    assert staging.s3.json("deploy/staging/live.json")["package"] == f"{ARN}/1"


def test_a_deployment_that_has_failed_has_left_nothing_to_take_over(staging, stage):
    staging.apply(choice(1), {})
    stage.fails_after = True
    with pytest.raises(DeployError):
        staging.apply(choice(2), {})
    stage.fails_after = False

    staging.apply(choice(3), {})

    assert (versions(stage), stage.imports()) == (["2", "3"], [])


def test_after_a_deployment_that_has_succeeded_nothing_is_asked(staging, stage, monkeypatch):
    staging.apply(choice(1), {})
    monkeypatch.setattr(stage, "addresses", lambda: pytest.fail("the state is not read"))

    staging.apply(choice(2), {})
    staging.plan(choice(3), {})


def test_what_is_asked_after_depends_on_the_kind(stage):
    def found(settings: str, shadow: object = None) -> list[str]:
        stage.there = {f"{PREFIX}-1-x", f"{PREFIX}-1-x-shadow"}
        generations = {"1-x": {"settings": settings, "shadow": shadow}}
        return [one.address.partition("[")[0] for one in adoption.found(context(), [], "1-x", generations)]

    model, configuration = "aws_sagemaker_model.generation", "aws_sagemaker_endpoint_configuration.generation"
    assert found('{"kind": "batch"}') == [model]
    assert found("{}", {"image": "x"}) == [model, "aws_sagemaker_model.shadow", configuration]
    stage.there.clear()
    assert adoption.found(context(), [], "2-x", {"2-x": {"settings": "{}"}}) == []


def test_a_lock_that_nobody_gives_back_is_named(staging, stage, monkeypatch):
    def locked(command: str, *arguments: str, what: str) -> str:
        raise DeployError(f"{what}: Error acquiring the state lock Lock Info: ID: 1")

    monkeypatch.setattr(stage, "run", locked)
    with pytest.raises(DeployError, match=r"was stopped, delete s3://\S+/deploy/staging/terraform.tfstate.tflock and"):
        staging.apply(choice(1), {})
