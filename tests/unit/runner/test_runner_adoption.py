"""What a run made and did not write down is found by its name and its tag, and never what is somebody else's."""

from typing import Any

import pytest

ID = "p-abc123"
PREFIX = f"ml-{ID}"
BUCKET = f"{PREFIX}-111122223333-eu-west-1"
EVERYTHING = {
    **{f"{PREFIX}-{role}": ID for role in ("seed", "pipeline", "execution", "build")},
    **{f"{PREFIX}-{role}:{role}": ID for role in ("seed", "build", "pipeline", "execution")},
    BUCKET: ID,
    f"/aws/codebuild/{PREFIX}-build": ID,
    f"/aws/lambda/{PREFIX}-seed": ID,
    f"model-package-group/churn-{ID}": ID,
    f"code-repository/{PREFIX}-build": ID,
}
ADDRESSES = {
    "aws_iam_role.seed",
    "aws_iam_role.build",
    "aws_iam_role.pipeline",
    "aws_iam_role.execution",
    "aws_iam_role_policy.seed",
    "aws_iam_role_policy.build",
    "aws_iam_role_policy.pipeline",
    "aws_iam_role_policy.execution",
    "aws_s3_bucket.artifacts",
    "aws_cloudwatch_log_group.build",
    "aws_cloudwatch_log_group.seed",
    "aws_codebuild_project.build",
    "aws_codepipeline.build",
    "aws_lambda_function.seed",
    "aws_sagemaker_model_package_group.models",
    "aws_sagemaker_code_repository.build",
}


def imported(machine: Any) -> dict[str, str]:
    return {
        call["arguments"][-2]: call["arguments"][-1]
        for call in machine.terraform_calls
        if call["arguments"][0] == "import"
    }


@pytest.fixture
def begun(machine: Any) -> Any:
    """A project that a run has begun: the owner is written, and nothing else."""
    machine.lock("owner", Stack=machine.parameters["Stack"])
    return machine


@pytest.mark.parametrize("action", ["apply", "destroy"])
def test_everything_that_was_made_is_taken_into_the_state(begun: Any, action: str) -> None:
    begun.scenario = {"made": EVERYTHING}

    assert begun.run(action).returncode == 0, begun.log
    found = imported(begun)
    assert set(found) == ADDRESSES
    assert found["aws_iam_role_policy.seed"] == f"{PREFIX}-seed:seed"
    assert found["aws_sagemaker_model_package_group.models"] == f"Churn-{ID}"
    assert found["aws_cloudwatch_log_group.build"] == f"/aws/codebuild/{PREFIX}-build"
    commands = begun.terraform_commands
    assert commands.index("import") < commands.index("plan") < commands.index("apply")


def test_what_bears_another_tag_or_none_is_somebody_elses(begun: Any) -> None:
    begun.scenario = {"made": EVERYTHING | dict.fromkeys(EVERYTHING, "None") | {f"{PREFIX}-build": "p-other"}}

    assert begun.run("destroy").returncode == 0
    assert imported(begun) == {}


def test_a_bucket_without_tags_yet_is_the_projects(begun: Any) -> None:
    begun.scenario = {"made": {BUCKET: "untagged"}}

    assert begun.run("destroy").returncode == 0
    assert imported(begun) == {"aws_s3_bucket.artifacts": BUCKET}


def test_what_the_state_knows_is_not_looked_for(begun: Any) -> None:
    begun.scenario = {"made": EVERYTHING, "addresses": sorted(ADDRESSES)}

    assert begun.run("destroy").returncode == 0
    assert imported(begun) == {}
    assert {call[1] for call in begun.aws_calls} & {"get-role", "get-role-policy", "get-function"} == set()


def test_a_project_that_is_new_or_stands_is_not_searched(machine: Any) -> None:
    machine.scenario = {"made": EVERYTHING}

    assert machine.run().returncode == 0
    machine.stands()
    assert machine.run().returncode == 0
    assert imported(machine) == {}


GROUP = f"/aws/codebuild/{PREFIX}-build"
KILLED = {"Holder": "ec2/i-0123456789abcdef0", "Host": "ip-10-0-0-9", "Started": "2026-11-20T10:00:00Z"}


@pytest.fixture
def restored(machine: Any) -> Any:
    """A project on 1.0.0. An update to 2.0.0 made a log group that only 2.0.0 knows, and died; 1.0.0 restored."""
    machine.stands()
    machine.lock("run", **KILLED, Release="2.0.0")
    machine.scenario = {"describe-instances": ["terminated\n"]}
    assert machine.run().returncode == 0, machine.log
    machine.scenario = {"made": {GROUP: ID}}
    return machine


def test_what_a_newer_release_made_before_it_died_is_found_by_its_next_run(restored: Any) -> None:
    assert restored.locks["owner"]["Interrupted"] == "|2026-11-20T10:00:00Z|2.0.0"

    restored.settings["release_version"] = "2.0.0"
    assert restored.run().returncode == 0, restored.log

    assert imported(restored) == {"aws_cloudwatch_log_group.build": GROUP}
    assert restored.locks["owner"]["Release"] == "2.0.0"
    assert "Interrupted" not in restored.locks["owner"]


def test_who_cannot_know_what_was_made_says_so(restored: Any) -> None:
    """Runs of the release that cannot know it leave the sign, and do not multiply it."""
    assert restored.run().returncode == 0
    assert restored.locks["owner"]["Interrupted"] == "|2026-11-20T10:00:00Z|2.0.0"

    assert restored.run("destroy").returncode == 0

    assert "did not come to its end (|2026-11-20T10:00:00Z|2.0.0)" in restored.log
    assert '"make orphans" shows whether something is left.' in restored.log
    assert restored.locks == {}


def test_a_restoring_run_that_fails_leaves_the_sign_of_the_newer_release(machine: Any) -> None:
    machine.stands()
    machine.lock("run", **KILLED, Release="2.0.0")
    machine.scenario = {"describe-instances": ["terminated\n"], "plan": {"says": "\nError: no\n", "status": 1}}

    assert machine.run().returncode == 1
    assert machine.locks["owner"]["Interrupted"] == "|2026-11-20T10:00:00Z|2.0.0"


def test_a_change_of_the_release_is_reason_enough_to_look(machine: Any) -> None:
    machine.stands("0.9.0")
    machine.scenario = {"made": {GROUP: ID}}

    assert machine.run().returncode == 0
    assert imported(machine) == {"aws_cloudwatch_log_group.build": GROUP}


def test_what_cannot_be_taken_in_ends_the_run(begun: Any) -> None:
    begun.scenario = {"made": {BUCKET: ID}}
    begun.environment["FAKE_TERRAFORM_REFUSES"] = "import"

    assert begun.run("destroy").returncode == 1
    assert f"{BUCKET} could not be taken into the state" in begun.record["reason"]


@pytest.mark.parametrize(("choice", "told"), [("delete", True), ("keep", False)])
def test_a_bucket_that_was_taken_in_goes_with_its_contents_if_it_goes(begun: Any, choice: str, told: bool) -> None:
    begun.parameters["ArtifactBucketContents"] = choice
    (begun.root / "state").write_text(
        '{"resources": [{"mode": "managed", "instances": [{"attributes": {"force_destroy": false}}]}]}',
        encoding="utf-8",
    )

    assert begun.run("destroy").returncode == 0
    targets = ["-target=aws_s3_bucket.artifacts" in call["arguments"] for call in begun.terraform_calls]
    assert any(targets) is told
