"""A product that deploys: its second repository, and the removal of what its pipeline has made."""

import json
from typing import Any

import pytest

NAMES = "ml-p-abc123"
SCRIPTS = "".join(f". ./{name}.sh; " for name in ("failure", "json", "settings", "parameters", "deployment"))
# What is found in the environment `staging`, by the operation that lists it.
LISTED = {
    "describe-scalable-targets": f"endpoint/{NAMES}-staging-realtime/variant/primary",
    "list-monitoring-schedules": f"{NAMES}-staging-data-quality",
    "list-data-quality-job-definitions": f"{NAMES}-staging-data-quality-1",
    "list-endpoint-configs": f"{NAMES}-staging-1-abc",
    "list-models": f"{NAMES}-staging-1-abc",
    "list-dashboards": f"{NAMES}-staging-realtime",
    "describe-log-groups": f"/aws/sagemaker/Endpoints/{NAMES}-staging-realtime",
}
REMOVED = {
    "deregister-scalable-target": "describe-scalable-targets",
    "delete-monitoring-schedule": "list-monitoring-schedules",
    "delete-data-quality-job-definition": "list-data-quality-job-definitions",
    "delete-endpoint-config": "list-endpoint-configs",
    "delete-model": "list-models",
    "delete-dashboards": "list-dashboards",
    "delete-log-group": "describe-log-groups",
}


@pytest.fixture
def project(machine: Any) -> Any:
    """A project that stands and has deployed to staging."""
    machine.settings["deploys"] = "true"
    machine.install("sleep", machine.root / "bin", machine.root / "sleep.py")
    (machine.root / "sleep.py").write_text("", encoding="utf-8")
    machine.stands()
    machine.scenario = {
        "deploy_repository": "https://github.com/my-team/churn-deploy",
        "delete-pipeline": [""],
        "addresses": [],
        # dev, staging, prod: one answer each.
        **{operation: ["", f"{found}\n", ""] for operation, found in LISTED.items()},
        **{operation: [""] for operation in REMOVED},
        "delete-alarms": [""],
        "describe-alarms": ["", "", f"{NAMES}-staging-realtime-errors\t{NAMES}-staging-realtime-latency\n", ""],
        # An endpoint that is being changed refuses once.
        "list-endpoints": ["", *[f"{NAMES}-staging-realtime\n"] * 2, "", ""],
        "delete-endpoint": ["!An error occurred (ValidationException): Cannot update in-progress endpoint", ""],
    }
    return machine


def calls(machine: Any, operation: str) -> list[list[str]]:
    return [call for call in machine.aws_calls if call[1] == operation]


def test_everything_of_its_names_is_removed_before_the_projects_own(project: Any) -> None:
    done = project.run("destroy")

    assert done.returncode == 0, done.stdout
    for removing, listing in REMOVED.items():
        [call] = calls(project, removing)
        assert call[-1] == LISTED[listing], removing
    assert [call[-1] for call in calls(project, "delete-alarms")] == [
        f"{NAMES}-staging-realtime-errors",
        f"{NAMES}-staging-realtime-latency",
    ]
    assert len(calls(project, "delete-endpoint")) == 2
    assert f"Deletes the endpoint {NAMES}-staging-realtime." in done.stdout
    stopped = [call[-1] for call in calls(project, "delete-pipeline")]
    assert stopped[:2] == [f"{NAMES}-build", f"{NAMES}-deploy"]
    looked = [call[call.index("--project-name") + 1] for call in calls(project, "list-builds-for-project")]
    assert looked[1:] == [f"{NAMES}-deploy-{name}" for name in ("build", "staging", "prod")]


def test_what_brings_instances_back_goes_before_the_endpoint(project: Any) -> None:
    project.run("destroy")

    names = [call[1] for call in project.aws_calls]
    order = [
        "deregister-scalable-target",
        "delete-monitoring-schedule",
        "delete-endpoint",
        "delete-endpoint-config",
    ]
    assert sorted(order, key=names.index) == order
    assert names.index("delete-model") < names.index("delete-log-group")


def test_only_names_of_the_project_are_asked_for(project: Any) -> None:
    project.run("destroy")

    for call in calls(project, "list-endpoints"):
        assert call[call.index("--name-contains") + 1] in [
            f"{NAMES}-{name}-" for name in ("dev", "staging", "prod")
        ]
        assert "starts_with(EndpointName, 'ml-p-abc123-" in call[call.index("--query") + 1]


def test_an_endpoint_that_may_not_be_deleted_ends_the_deletion(project: Any) -> None:
    project.scenario["delete-endpoint"] = ["!An error occurred (AccessDenied) when calling: not yours"]

    assert project.run("destroy").returncode == 1
    assert "Deleting the endpoint" in project.record["reason"]
    assert "apply" not in project.terraform_commands, "nothing of the project was destroyed"


ELSEWHERE = {
    "deploy_staging_role": "arn:aws:iam::444455556666:role/sagemaker-projects-staging-deployment",
    "deploy_staging_external_id": "a-long-word",
    "deploy_staging_bucket": "target-data",
}
FORMER = {
    "deploy_former0_environment": "prod",
    "deploy_former0_role": "arn:aws:iam::777788889999:role/sagemaker-projects-prod-deployment",
    "deploy_former0_external_id": "an-older-word",
    "deploy_former0_bucket": "former-data",
}


def listed_as(machine: Any, operation: str) -> list[tuple[str, str]]:
    """Whose credentials an operation was called with, and for what it looked."""
    callers = (machine.root / "aws.callers").read_text(encoding="utf-8").splitlines()
    return [
        (caller, call[call.index("--name-contains") + 1])
        for call, caller in zip(machine.aws_calls, callers, strict=True)
        if call[1] == operation
    ]


def test_another_accounts_part_is_removed_with_its_role(project: Any) -> None:
    project.settings |= ELSEWHERE

    assert project.run("destroy").returncode == 0

    *_, assumed = calls(project, "assume-role")
    assert assumed[assumed.index("--tags") + 1] == "Key=sagemaker:project-id,Value=p-abc123"
    assert assumed[assumed.index("--external-id") + 1] == "a-long-word"
    assert (
        next(call[-1] for call in project.aws_calls if call[:2] == ["s3", "rm"])
        == "s3://target-data/p-abc123/staging/"
    )


def test_an_environment_that_has_moved_is_removed_wherever_it_was(project: Any) -> None:
    project.settings |= ELSEWHERE | FORMER

    assert project.run("destroy").returncode == 0

    assert listed_as(project, "list-models") == [
        *[("", f"{NAMES}-{name}-") for name in ("dev", "staging", "prod")],
        ("key-of-444455556666", f"{NAMES}-staging-"),
        ("key-of-777788889999", f"{NAMES}-prod-"),
    ]
    emptied = [call[-1] for call in project.aws_calls if call[:2] == ["s3", "rm"]]
    assert emptied[:2] == ["s3://target-data/p-abc123/staging/", "s3://former-data/p-abc123/prod/"]


@pytest.mark.parametrize("closed", ["444455556666", "777788889999"])
def test_a_role_that_cannot_be_had_leaves_the_project_whole(project: Any, closed: str) -> None:
    project.settings |= ELSEWHERE | FORMER
    project.parameters["GitRepository"] = "archive"
    project.scenario["closed"] = [closed]

    assert project.run("destroy").returncode == 1

    reason = project.record["reason"]
    assert f"arn:aws:iam::{closed}:role/" in reason
    changing = ("delete", "stop", "invoke", "deregister")
    said = [f"{call[0]} {call[1]}" for call in project.aws_calls if call[0] != "dynamodb"]
    assert [one for one in said if one.split()[1].startswith(changing) and "object" not in one] == []
    assert "apply" not in project.terraform_commands


@pytest.mark.parametrize(
    ("given", "applied", "taken"),
    [
        ("", "https://github.com/my-team/older-deploy", "my-team/older-deploy"),
        ("", None, "my-team/churn-deploy"),
        ("my-team/other", "https://github.com/my-team/older-deploy", "my-team/other"),
    ],
)
def test_a_renamed_first_repository_does_not_swap_the_second(
    machine: Any, given: str, applied: str | None, taken: str
) -> None:
    machine.settings["deploys"] = "true"
    machine.parameters["DeployRepoName"] = given
    if applied:
        machine.scenario["deploy_repository"] = applied

    done = machine.run("apply")

    assert done.returncode == 0, done.stdout
    planned = next(call for call in machine.terraform_calls if call["arguments"][0] == "plan")
    project = json.loads(planned["tfvars"]["project.auto.tfvars.json"])["project"]
    assert project["deploy_repository"] == taken


def test_a_second_repository_that_is_not_archived_says_that_the_first_one_is(project: Any) -> None:
    project.parameters["GitRepository"] = "archive"
    refused = {"errorMessage": "may not archive", "errorType": "PermissionMissing", "stackTrace": []}
    project.scenario["invoke"] = [{"status": "archived"}, refused]

    assert project.run("destroy").returncode == 1

    reason = project.record["reason"]
    assert reason.startswith("The repository my-team/churn-deploy was not archived: may not archive")
    assert reason.endswith("destroyed. What is archived by now: repository my-team/churn.")


def test_a_second_repository_that_no_state_names_is_not_archived(project: Any) -> None:
    project.parameters["GitRepository"] = "archive"
    del project.scenario["deploy_repository"]
    project.scenario["invoke"] = [{"status": "archived"}]

    done = project.run("destroy")

    assert done.returncode == 0, done.stdout
    assert len(calls(project, "invoke")) == 1
    assert "names no deploy repository: none is archived. my-team/churn-deploy may be" in done.stdout


@pytest.mark.parametrize("action", ["apply", "destroy"])
def test_outputs_that_cannot_be_read_are_no_reason_to_swap_the_repository(project: Any, action: str) -> None:
    project.environment["FAKE_TERRAFORM_REFUSES"] = "output -no-color"

    assert project.run(action).returncode == 1
    assert project.record["reason"].startswith("Which deploy repository the project has could not be read: ")
    assert not any(call["arguments"][0] in ("plan", "apply") for call in project.terraform_calls)


def test_a_product_that_does_not_deploy_is_told_of_no_repository(machine: Any) -> None:
    machine.parameters["DeployRepoName"] = "my-team/other"

    names = "SageMakerProjectId SageMakerProjectName GitRepoName GitBranchName GitRepoURL CodeStarConnectionArn"
    machine.bash(
        f'{SCRIPTS} for name in {names}; do parameters[$name]=x; done; parameters_write "$1"',
        str(machine.root / "written.json"),
    )

    assert "deploy_repository" not in json.loads((machine.root / "written.json").read_text())["project"]


@pytest.mark.parametrize(
    ("given", "taken"),
    [("", "my-team/churn-deploy"), ("other/serving", "other/serving"), (None, "my-team/churn-deploy")],
)
def test_an_empty_name_is_the_repositorys_with_deploy(machine: Any, given: str | None, taken: str) -> None:
    machine.settings["deploys"] = "true"
    if given is not None:
        machine.parameters["DeployRepoName"] = given

    done = machine.run("apply")

    assert done.returncode == 0, done.stdout
    assert (
        f"deploy_repository {taken}"
        in machine.bash(
            f'{SCRIPTS} settings_read "$1"; parameters_read "$2"; '
            "parameters[GitRepoURL]=https://github.com/my-team/churn; parameters_check_deployment; "
            'printf "deploy_repository %s %s" "${parameters[DeployRepoName]}" "$(deploy_repository_url)"',
            str(machine.root / "settings"),
            str(machine.root / "parameters"),
        ).decode()
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [("my-team/Churn", "another repository than GitRepoName"), ("no-slash", "Write owner/name")],
)
def test_a_second_repository_that_is_none_is_refused(machine: Any, name: str, reason: str) -> None:
    machine.settings["deploys"] = "true"
    machine.parameters["DeployRepoName"] = name

    assert machine.run("apply").returncode == 1
    assert reason in machine.record["reason"]
    assert machine.terraform_calls == []


def test_what_a_killed_creation_has_made_of_the_deployment_is_taken_in(machine: Any) -> None:
    machine.settings["deploys"] = "true"
    machine.stands(release="")
    machine.scenario = {
        "delete-pipeline": [""],
        "addresses": [],
        "made": {
            f"{NAMES}-deploy-staging": "p-abc123",
            f"{NAMES}-deploy-staging:deploy": "p-abc123",
            f"{NAMES}-deploy": "p-other",
        },
    }

    machine.run("destroy")

    imported = [call["arguments"][-2] for call in machine.terraform_calls if call["arguments"][0] == "import"]
    assert 'aws_iam_role.deploy["staging"]' in imported
    assert 'aws_iam_role_policy.deploy["staging"]' in imported
    assert not any("aws_codepipeline.deploy" in address for address in imported), "another project's"
