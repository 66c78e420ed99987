"""A run, from the settings to the output: what succeeds, what fails, and what each leaves behind."""

import json
import os
import signal
import subprocess
import time
from typing import Any

import pytest


def test_apply_leaves_output_record_and_log(machine: Any) -> None:
    machine.scenario = {"commit_sha": "a" * 40}

    done = machine.run()

    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.output == "a" * 40 + "\n"
    assert machine.terraform_commands == ["init", "plan", "state", "apply", "output"]
    record = machine.record
    assert (
        record["key"] == f"projects/p-abc123/runs/{record['start'].replace('-', '').replace(':', '')}-apply.json"
    )
    assert record["project"] == {"id": "p-abc123", "name": "Churn"}
    assert (record["product"], record["release"], record["action"]) == ("model-build", "1.0.0", "apply")
    assert (record["outcome"], record["reason"], record["changes"]) == ("succeeded", None, True)
    assert record["start"] <= record["end"]
    assert record["log"]["group"] == "/sagemaker-projects/runner"
    assert record["log"]["stream"].startswith("p-abc123/apply/")
    assert {batch["stream"] for batch in machine.log_batches} == {record["log"]["stream"]}
    assert "apply done" in machine.log
    assert machine.log.endswith("Succeeded.")
    assert list((machine.root / "tmp").iterdir()) == []


def test_every_project_has_its_own_state_under_a_lock(machine: Any) -> None:
    machine.run()

    init, plan, _, apply, _ = [call["arguments"] for call in machine.terraform_calls]
    assert "-backend-config=key=projects/p-abc123/terraform.tfstate" in init
    assert "-backend-config=dynamodb_table=sagemaker-projects-locks" in init
    assert "-backend-config=encrypt=true" in init
    assert "-lockfile=readonly" in init
    assert "-lock-timeout=600s" in plan
    assert "-lock-timeout=600s" in apply
    assert not any("-lock=false" in call["arguments"] for call in machine.terraform_calls)


def test_package_2_gets_the_project_and_the_platform(machine: Any) -> None:
    machine.run()

    files = machine.terraform_calls[0]["tfvars"]
    assert json.loads(files["platform.auto.tfvars.json"]) == {"platform": {"name": "sagemaker-projects"}}
    assert json.loads(files["project.auto.tfvars.json"])["project"] == {
        "id": "p-abc123",
        "name": "Churn",
        "repository": "my-team/churn",
        "branch": "main",
        "repository_url": "https://github.com/my-team/churn",
        "connection_arn": machine.parameters["CodeStarConnectionArn"],
        "artifact_bucket_contents": "delete",
        "git_repository": "keep",
    }


def test_a_repository_with_code_of_its_own_yields_the_release(machine: Any) -> None:
    machine.scenario = {"commit_sha": "not a commit"}

    assert machine.run().returncode == 0
    assert machine.output == "ok-1.0.0\n"


def test_a_plan_changes_nothing_and_says_whether_something_would_change(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"plan": {"status": 0}}

    assert machine.run("plan").returncode == 0
    assert machine.terraform_commands == ["init", "state", "plan"]
    assert machine.output == "no-changes\n"
    assert (machine.record["changes"], machine.record["changed"]) == (False, [])
    assert set(machine.locks) == {"owner"}


PLANNED = """
data.aws_region.current: Reading...

Terraform will perform the following actions:

  # data.aws_iam_policy_document.build will be read during apply
  # (config refers to values not yet known)
 <= data "aws_iam_policy_document" "build" {
  # aws_s3_bucket.artifacts will be updated in-place
  ~ resource "aws_s3_bucket" "artifacts" {
        # (12 unchanged attributes hidden)
  # aws_iam_role.roles["build"] must be replaced
  # aws_lambda_function.seed is tainted, so must be replaced
  # aws_cloudwatch_log_group.seed has been deleted
  # aws_codepipeline.build will be destroyed

Plan: 2 to add, 1 to change, 3 to destroy.
"""


def test_drift_names_what_has_changed(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"plan": {"status": 2, "says": PLANNED}}

    assert machine.run("plan").returncode == 0
    assert machine.output == "changes\n"
    assert machine.record["changes"] is True
    assert machine.record["changed"] == [
        "aws_s3_bucket.artifacts",
        'aws_iam_role.roles["build"]',
        "aws_lambda_function.seed",
        "aws_cloudwatch_log_group.seed",
        "aws_codepipeline.build",
    ]


@pytest.mark.parametrize(
    "counted",
    ["", "  # terraform_data.a has moved to terraform_data.b\n\nPlan: 0 to add, 0 to change, 0 to destroy.\n"],
)
def test_another_output_or_address_is_no_drift(machine: Any, counted: str) -> None:
    """Words of Terraform 1.11.4, which calls both a change (exit status 2)."""
    machine.stands()
    machine.scenario = {"plan": {"status": 2, "says": f'{counted}\nChanges to Outputs:\n  ~ x = "one" -> "two"\n'}}

    assert machine.run("plan").returncode == 0
    assert (machine.output, machine.record["changes"], machine.record["changed"]) == ("no-changes\n", False, [])


def test_a_record_names_fifty_addresses_at_most(machine: Any) -> None:
    says = "".join(f"  # aws_iam_role.role[{number}] will be created\n" for number in range(80))
    machine.scenario = {"plan": {"status": 2, "says": says}}

    assert machine.run().returncode == 0
    assert len(machine.record["changed"]) == 50


def test_where_nothing_was_applied_nothing_can_have_drifted(machine: Any) -> None:
    assert machine.run("plan").returncode == 0
    assert machine.terraform_commands == ["init", "state"]
    assert (machine.output, machine.record["changes"]) == ("no-changes\n", False)
    assert machine.locks == {}


FAILED = """
Error: creating S3 Bucket (ml-p-abc123): BucketAlreadyExists: "taken" \\ by
another account

  with aws_s3_bucket.artifacts,
  on artifacts.tf line 1, in resource "aws_s3_bucket" "artifacts":
   1: resource "aws_s3_bucket" "artifacts" {


Error: a consequence

"""
REASON = (
    'terraform apply failed: creating S3 Bucket (ml-p-abc123): BucketAlreadyExists: "taken" \\ by another account'
)


def test_a_creation_that_fails_is_taken_back_and_still_fails(machine: Any) -> None:
    machine.scenario = {"apply": {"says": FAILED, "status": 1}}

    assert machine.run().returncode == 1
    assert machine.terraform_commands == ["init", "plan", "state", "apply", "state", "destroy"]
    assert machine.output is None
    assert machine.record["outcome"] == "failed"
    assert machine.record["reason"] == REASON
    assert machine.log.endswith(f"FAILED: {REASON}")


def test_a_function_that_fails_is_quoted_without_its_traceback(machine: Any) -> None:
    error = {"errorMessage": 'no "admin" here', "errorType": "PermissionMissing", "stackTrace": ["line", "line"]}
    says = f"\nError: invoking Lambda Function (ml-p-abc123-seed): {json.dumps(error)}\n"
    machine.scenario = {"apply": {"says": says, "status": 1}}

    assert machine.run().returncode == 1
    assert machine.record["reason"] == (
        'terraform apply failed: invoking Lambda Function (ml-p-abc123-seed): no "admin" here'
    )


def test_what_cannot_be_taken_back_is_named(machine: Any) -> None:
    machine.scenario = {
        "apply": {"says": FAILED, "status": 1},
        "destroy": {"says": "\nError: deleting IAM Role: DeleteConflict\n", "status": 1},
    }

    assert machine.run().returncode == 1
    assert machine.record["reason"] == (
        f"{REASON} What had been created could not be removed (deleting IAM Role: DeleteConflict); "
        "its state is kept."
    )


def test_what_cannot_be_looked_for_does_not_keep_what_is_known_from_being_taken_back(machine: Any) -> None:
    machine.scenario = {"apply": {"says": FAILED, "status": 1}}
    machine.environment["FAKE_AWS_REFUSES"] = "iam get-role"

    assert machine.run().returncode == 1

    assert machine.terraform_commands[-1] == "destroy"
    assert machine.record["reason"] == (
        f"{REASON} What the state knew is removed; what no state knows could not be looked for (Looking for "
        "ml-p-abc123-seed failed: An error occurred (AccessDenied) when calling the operation: refused by "
        "the test). Deleting the project looks again."
    )
    # Whoever deletes the project finds that there was one.
    assert set(machine.locks) == {"owner"}
    assert "Release" not in machine.locks["owner"]


def test_an_update_that_fails_takes_nothing_away(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"apply": {"says": FAILED, "status": 1}}

    assert machine.run().returncode == 1
    assert "destroy" not in machine.terraform_commands


def test_a_plan_that_went_stale_takes_nothing_away(machine: Any) -> None:
    machine.scenario = {
        "apply": {"creates": False, "says": "\nError: Saved plan is stale\n\nanother run\n", "status": 1}
    }

    assert machine.run().returncode == 1
    assert "destroy" not in machine.terraform_commands
    assert machine.record["reason"] == "terraform apply failed: Saved plan is stale another run"


@pytest.mark.parametrize("command", ["init", "plan"])
def test_failing_before_the_apply_needs_no_cleaning_up(machine: Any, command: str) -> None:
    machine.scenario = {command: {"says": "\nError: no\n\nbecause\n", "status": 1}}

    assert machine.run().returncode == 1
    assert "destroy" not in machine.terraform_commands
    assert machine.record["reason"] == f"terraform {command} failed: no because"
    assert machine.output is None


def test_a_tool_that_fails_without_a_word_names_its_phase(machine: Any) -> None:
    machine.settings.update(machine.store("project_setup", "project-setup.tar.gz", b"not an archive"))

    assert machine.run().returncode == 1
    assert machine.record["reason"] == '"Fetch the release" failed; the lines above say why.'
    assert "gzip" in machine.log


def test_a_log_group_that_refuses_does_not_stop_the_run(machine: Any) -> None:
    machine.environment["FAKE_AWS_REFUSES"] = "logs "

    done = machine.run()

    assert done.returncode == 0
    assert "only on this machine" in done.stderr
    assert "only in this machine's output" in done.stderr
    assert machine.record["outcome"] == "succeeded"


def test_a_signal_ends_the_run_with_a_reason(machine: Any) -> None:
    machine.scenario = {"plan": {"seconds": 30}}
    machine.write_inputs()
    runner = machine.bash("pwd").decode().strip()
    process = subprocess.Popen(
        ["bash", f"{runner}/runner.sh", "apply", "settings", "parameters", "output"],
        cwd=machine.root,
        env=machine.process_environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while "plan" not in machine.terraform_commands and time.monotonic() < deadline:
        time.sleep(0.05)

    os.killpg(process.pid, signal.SIGTERM)

    assert process.wait(timeout=20) != 0
    assert machine.output is None
    assert machine.record["outcome"] == "failed"
    assert machine.record["reason"] == "The run was stopped by a signal."


@pytest.mark.parametrize("arguments", [[], ["apply"], ["delete", "a", "b", "c"], ["apply", "a", "b", "c", "d"]])
def test_wrong_use_is_explained(machine: Any, arguments: list[str]) -> None:
    done = subprocess.run(
        ["bash", f"{machine.bash('pwd').decode().strip()}/runner.sh", *arguments],
        env=machine.process_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: runner.sh apply|plan|destroy")
