"""What a run made and did not write down is found by its name and its tag, and never what is somebody else's."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.runner.conftest import archive

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


DEPLOY = f"{PREFIX}-deploy"
ENVIRONMENTS = ("build", "staging", "prod")
OF_THE_DEPLOYMENT = {
    **{f"{DEPLOY}-{role}{end}": ID for role in ("pipeline", "start", *ENVIRONMENTS) for end in ("", ":deploy")},
    **{f"{PREFIX}-{one}-endpoint{end}": ID for one in ("staging", "prod") for end in ("", ":endpoint")},
    **{f"/aws/codebuild/{DEPLOY}-{one}": ID for one in ENVIRONMENTS},
    DEPLOY: ID,
    f"code-repository/{DEPLOY}": ID,
    f"rule/{DEPLOY}": ID,
    f"{DEPLOY}/deploy": ID,
}
PACKAGE_2 = Path(__file__).resolve().parents[3] / "sagemaker-project-setup"
_OF_THE_BUCKET = "goes with its bucket, and is written over by the next apply"
_IN_THE_STATE = "exists in the state only"
NOT_LOOKED_FOR = {
    **{
        f"aws_s3_bucket_{what}.artifacts": _OF_THE_BUCKET
        for what in (
            "lifecycle_configuration",
            "ownership_controls",
            "policy",
            "public_access_block",
            "server_side_encryption_configuration",
            "versioning",
        )
    },
    "aws_sns_topic_policy.deploy": "goes with its topic, and is written over by the next apply",
    "aws_lambda_invocation.seed": "a function that answers a repeated request with the same commit",
    "aws_lambda_invocation.deploy_seed": "likewise",
    "terraform_data.seeded_branch": _IN_THE_STATE,
    "terraform_data.deploy_seeded_branch": _IN_THE_STATE,
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


def test_every_resource_of_package_2_is_looked_for_or_need_not_be(begun: Any) -> None:
    """Whatever package 2 comes to make, a killed run can leave: in its own way, even where it hangs on another."""
    declared = {
        f"{kind}.{name}"
        for file in PACKAGE_2.glob("*.tf")
        for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    begun.settings["deploys"] = "true"
    begun.scenario = {"made": EVERYTHING | OF_THE_DEPLOYMENT, "delete-pipeline": [""]}

    assert begun.run().returncode == 0, begun.log

    found = imported(begun)
    assert {address.partition("[")[0] for address in found} == declared - set(NOT_LOOKED_FOR)
    assert set(NOT_LOOKED_FOR) <= declared
    assert found['aws_cloudwatch_event_target.deploy["deploy"]'] == f"{DEPLOY}/deploy"
    # Without a name of its own the target would get one that nobody can look for.
    assert re.search(r'target_id += "deploy"\n', (PACKAGE_2 / "deploy-start.tf").read_text(encoding="utf-8"))


def test_a_rules_target_belongs_to_whom_its_rule_belongs_to(begun: Any) -> None:
    begun.settings["deploys"] = "true"
    begun.scenario = {"made": OF_THE_DEPLOYMENT | {f"rule/{DEPLOY}": "p-other"}}

    assert begun.run().returncode == 0, begun.log

    assert not {address for address in imported(begun) if "event" in address}


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

    for record in restored.object_path(f"projects/{ID}/runs").iterdir():
        record.unlink()
    assert restored.run("destroy").returncode == 0

    assert restored.record["outcome"] == "succeeded"
    assert restored.record["left"] == ["release 2.0.0, run of 2026-11-20T10:00:00Z"]
    assert json.loads(restored.events[-1]["Detail"])["left"] == restored.record["left"]
    assert "A run of release 2.0.0 did not come to its end" in restored.log
    assert '"make orphans" shows whether something is left.' in restored.log
    assert restored.locks == {}


def test_a_deletion_that_knows_everything_names_nothing_as_left(begun: Any) -> None:
    assert begun.run("destroy").returncode == 0
    assert begun.record["left"] == []


def test_content_that_changes_under_one_version_is_another_release(machine: Any) -> None:
    """Without numbered releases: the old content's run neither looks for the new one's work nor forgets it."""
    machine.stands()
    old = {key: machine.settings[key] for key in ("project_setup_key", "project_setup_sha256")}
    new = machine.store("project_setup", "project-setup.tar.gz", archive({"main.tf": "# one resource more\n"}))
    machine.settings |= new
    machine.scenario = {"apply": {"says": "\nError: Plugin did not respond\n", "status": 1}}
    assert machine.run().returncode == 1
    machine.settings |= old
    machine.scenario = {}
    assert machine.run().returncode == 0, machine.log
    sign = machine.locks["owner"]["Interrupted"]
    assert sign.startswith("|")
    assert sign.endswith(f"|1.0.0@{new['project_setup_sha256'][:12]}")

    machine.settings |= new
    machine.scenario = {"made": {GROUP: ID}}
    assert machine.run().returncode == 0, machine.log

    assert imported(machine) == {"aws_cloudwatch_log_group.build": GROUP}
    assert "Interrupted" not in machine.locks["owner"]
    assert machine.locks["owner"]["Content"] == new["project_setup_sha256"]


def test_a_change_of_the_content_is_reason_enough_to_look(machine: Any) -> None:
    machine.stands(Content="0" * 64)
    machine.scenario = {"made": {GROUP: ID}}

    assert machine.run().returncode == 0
    assert imported(machine) == {"aws_cloudwatch_log_group.build": GROUP}


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
