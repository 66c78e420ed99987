"""The commands of the stages SmokeTest and Verify: what they judge, and when something is taken back."""

import json

import pytest
from botocore.exceptions import ClientError
from support import ARN, BUCKET, Stage, choice, context, promoted

from deploy import __main__ as commands
from deploy import contract, deployment, records, running
from deploy.context import Context
from deploy.environment import Environment
from deploy.errors import DeployError

BUILD = {
    "SAGEMAKER_PROJECT_NAME": "penguins",
    "SAGEMAKER_PROJECT_ID": "p-abc123",
    "MODEL_PACKAGE_GROUP_NAME": "penguins-p-abc123",
    "ARTIFACT_BUCKET": BUCKET,
    "AWS_REGION": "eu-west-1",
    "DEPLOY_ENDPOINT_ROLE_ARN": "arn:aws:iam::111122223333:role/endpoint",
    # What CodeBuild says about an archive from S3: no commit.
    "CODEBUILD_RESOLVED_SOURCE_VERSION": "arn:aws:s3:::bucket/sagemaker-p/Deployment/x",
}


class World:
    """Staging, as the commands find it; ``wrong`` are versions whose answers are not right."""

    def __init__(self, stage, s3):
        self.stage, self.s3 = stage, s3
        self.wrong = set()
        self.decided = None
        self.meanwhile = None  # what another execution deploys while a test asks

    def deploy(self, version):
        self.decided = choice(version)
        return self.run("apply")

    def run(self, command):
        return commands.main([command, "staging"], BUILD)

    @property
    def live(self):
        return self.s3.json("deploy/staging/live.json")

    def outcomes(self):
        keys = [key for key in self.s3.written if "/deployments/" in key]
        return [self.s3.json(key)["outcome"] for key in keys]


@pytest.fixture
def world(tmp_path, monkeypatch):
    stage, s3 = Stage(tmp_path), promoted()
    made = World(stage, s3)
    monkeypatch.setattr(Context, "environment_client", lambda self, service: stage)
    monkeypatch.setattr(Context, "client", lambda self, service: s3 if service == "s3" else stage.client(service))
    monkeypatch.setattr(commands, "_environment", lambda where, environ: Environment(where, s3, stage))
    monkeypatch.setattr(deployment, "read", lambda environment: made.decided)
    monkeypatch.setattr(deployment, "commit", lambda: "c" * 40)

    monkeypatch.setattr(running, "sleep", lambda seconds: None)

    def asked(model, package, s3, say):
        if made.meanwhile:
            version, made.meanwhile = made.meanwhile, None
            assert made.deploy(version) == 0
        if package.version in made.wrong:
            raise DeployError(f"row 0 of version {package.version} is wrong")

    monkeypatch.setattr(contract, "check", asked)
    return made


def test_a_test_that_passes_is_written_down_once(world):
    assert (world.deploy(1), world.run("test"), world.run("test")) == (0, 0, 0)

    assert world.live["verified"] == [world.live["current"]]
    assert world.outcomes() == ["deployed"]


def test_a_test_that_fails_is_recorded_with_its_reason(world, capsys):
    world.deploy(1)
    world.wrong.add(1)

    assert world.run("test") == 1
    assert "error: row 0 of version 1 is wrong" in capsys.readouterr().err
    assert world.outcomes() == ["deployed", "tests failed"]
    assert world.live["verified"] == []


def test_a_model_that_fails_is_taken_back_and_a_repeated_stage_does_not_bring_it_again(world, capsys):
    world.deploy(1)
    world.run("verify")
    world.wrong.add(2)
    world.deploy(2)

    assert world.run("verify") == 1
    assert world.stage.running.startswith("1-")
    assert "row 0 of version 2 is wrong. staging is back at generation 1-" in capsys.readouterr().err
    assert world.outcomes() == ["deployed", "deployed", "tests failed", "rolled back"]

    # The stage once more: version 1 runs, which is not what this execution is about.
    assert world.run("verify") == 1
    assert world.stage.running.startswith("1-")
    assert f"staging runs {ARN}/1, and this execution is about {ARN}/2" in capsys.readouterr().err


def test_the_alarm_that_a_bad_model_has_set_off_does_not_bring_it_again(world):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.wrong.add(2)
    world.stage.alarm = True  # by the answers 5XX to the tests

    assert world.run("verify") == 1
    assert world.stage.running.startswith("1-")
    world.stage.alarm = False
    first = world.stage.values

    # Deployed once more, the model that was gone back to changes nothing; the next one is tried with alarms again.
    assert world.deploy(1) == 0
    assert world.stage.values == {**first, "generations": world.stage.values["generations"]}
    assert (world.deploy(3), world.stage.values["way_back"]) == (0, False)


def test_who_is_asked_about_production_is_told_that_it_has_taken_the_version_back(world):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.wrong.add(2)
    world.run("verify")
    both = {"staging": choice(2), "prod": choice(2)}

    taken_back = "Production has had it before and has taken it back: row 0 of version 2 is wrong"
    assert deployment.note(both, {"prod": world.live}) == f"Staging runs it and has passed its tests. {taken_back}"
    assert deployment.note({**both, "prod": choice(1)}, {"prod": world.live}).startswith("Production runs it already")

    # Brought again, and right this time: nothing to tell any more.
    world.wrong.clear()
    assert (world.deploy(2), world.run("verify")) == (0, 0)
    assert deployment.note(both, {"prod": world.live}) == "Staging runs it and has passed its tests."


def test_a_model_that_has_passed_once_is_not_taken_back_by_a_bad_moment(world, capsys):
    for version in (1, 2, 1):
        world.deploy(version)
        assert world.run("verify") == 0
    world.stage.registry.status[2] = "Rejected"
    world.wrong.add(1)

    assert world.run("verify") == 1
    assert world.stage.running.startswith("1-")
    assert "has passed these tests before" in capsys.readouterr().err


def test_what_another_execution_has_deployed_is_not_judged(world, capsys):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.decided = choice(3)
    world.wrong.add(3)

    for command in ("test", "verify"):
        assert world.run(command) == 1
        assert "another execution has deployed" in capsys.readouterr().err
    assert world.stage.running.startswith("2-")


def test_an_endpoint_that_runs_something_else_than_is_written_down_is_not_judged(world, capsys):
    world.deploy(1)
    world.deploy(2)
    world.stage.running = "1-somebody"

    assert world.run("verify") == 1
    assert "not with ml-p-abc123-staging-2-" in capsys.readouterr().err
    assert world.stage.running == "1-somebody"


def test_both_reasons_are_told_when_it_cannot_be_taken_back(world, capsys):
    world.deploy(1)
    world.wrong.add(1)

    assert world.run("verify") == 1
    assert "row 0 of version 1 is wrong. It could not be taken back: No model was deployed before it." in (
        capsys.readouterr().err
    )

    world.wrong.clear()
    world.run("verify")
    world.wrong.add(2)
    world.deploy(2)
    world.stage.fails_after = True
    assert world.run("verify") == 1
    said = capsys.readouterr().err
    assert "row 0 of version 2 is wrong. It could not be taken back: staging was not deployed" in said


@pytest.mark.parametrize("command", ["test", "verify"])
def test_a_generation_that_came_while_another_was_tested_is_not_marked(world, command, capsys):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.meanwhile = 3

    assert world.run(command) == 1
    assert "Another execution has deployed to staging while 2-" in capsys.readouterr().err
    assert [one.split("-")[0] for one in world.live["verified"]] == []
    world.wrong.add(3)
    assert world.run("verify") == 1
    assert "has never passed these tests" in capsys.readouterr().err, (
        "the third is untested, and not said to have passed"
    )


def test_a_generation_that_came_while_another_was_tested_is_not_taken_back(world, capsys):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.wrong.add(2)
    world.meanwhile = 3

    assert world.run("verify") == 1
    assert world.stage.running.startswith("3-")
    assert "Another execution has deployed, or deploys, something else than 2-" in capsys.readouterr().err


def test_a_generation_that_is_being_deployed_is_not_taken_back(world, capsys):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.wrong.add(2)
    attempt = world.s3.json("deploy/staging/attempted.json")
    world.s3.objects["deploy/staging/attempted.json"] = json.dumps({**attempt, "current": "3-x"}).encode()

    assert world.run("verify") == 1
    assert world.stage.running.startswith("2-")
    assert "Another execution has deployed, or deploys" in capsys.readouterr().err


def test_autoscaling_is_waited_for_and_judged_by_the_configuration(world, capsys):
    world.deploy(1)
    world.stage.statuses = ["Updating", "SystemUpdating"]

    assert world.run("verify") == 0
    assert world.stage.statuses == []

    world.stage.statuses = ["Updating"] * 1000
    assert world.run("verify") == 1
    assert "is Updating and not InService" in capsys.readouterr().err
    world.stage.statuses, world.stage.running = ["Updating"] * 1000, "1-somebody"
    assert world.run("verify") == 1
    assert len(world.stage.statuses) == 999, "another configuration is not waited for"


def test_a_fault_of_the_record_does_not_prevent_the_way_back(world, capsys):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.wrong.add(2)
    world.s3.broken = "/deployments/"

    assert world.run("verify") == 1
    assert world.stage.running.startswith("1-")
    assert "row 0 of version 2 is wrong (this could not be recorded: " in capsys.readouterr().err


def test_a_fault_on_the_way_back_does_not_hide_why_it_was_gone(world, capsys, monkeypatch):
    world.deploy(1)
    world.run("verify")
    world.deploy(2)
    world.wrong.add(2)

    def throttled(**request):
        raise ClientError({"Error": {"Code": "Throttling", "Message": "slow"}}, "DescribeModelPackage")

    monkeypatch.setattr(world.stage.registry, "describe_model_package", throttled)
    assert world.run("verify") == 1
    said = capsys.readouterr().err
    assert "row 0 of version 2 is wrong. It could not be taken back: An error occurred (Throttling)" in said


def test_a_deployment_that_is_refused_is_recorded(world):
    world.stage.registry.status[1] = "Rejected"

    assert world.deploy(1) == 1
    assert world.outcomes() == ["refused"]
    assert world.stage.commands == []


def test_records_name_the_commit_of_the_choice(world):
    world.deploy(1)

    assert world.live["deploy_commit"] == "c" * 40
    assert world.stage.values["lineage"]["deploy:commit"] == "c" * 40


def test_the_commit_is_that_of_the_deployment(tmp_path):
    file = tmp_path / "deployment.json"
    deployment.write(context(commit="d" * 40), {}, file)

    assert deployment.commit(file) == "d" * 40
    file.write_text(json.dumps({}))
    with pytest.raises(DeployError, match="resolve"):
        deployment.commit(file)


def test_nothing_is_verified_where_nothing_runs():
    s3 = promoted()

    with pytest.raises(DeployError, match="nothing runs there now"):
        records.verified(context(), s3, "1-x")

    assert s3.written == []
