"""A deletion: what stops first, what is kept, and what is left when it has ended."""

from typing import Any

import pytest

GROUP = "Churn-p-abc123"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333"
MODELS = [f"{ARN}:model-package/churn-p-abc123/{version}" for version in (1, 2)]
ADDRESSES = [
    "aws_iam_role.build",
    "aws_s3_bucket.artifacts",
    "aws_s3_bucket_versioning.artifacts",
    "aws_sagemaker_model_package_group.models",
]


@pytest.fixture
def project(machine: Any) -> Any:
    """A project that stands: nothing runs, two models are registered."""
    machine.settings["lock_table"] = "locks"
    machine.stands()
    machine.scenario = {
        "delete-pipeline": [""],
        "list-builds-for-project": ["ml-p-abc123-build:1\tml-p-abc123-build:2\n"],
        "batch-get-builds": [""],
        "list-pipeline-executions": [""],
        "list-model-packages": ["\t".join(MODELS) + "\n"],
        "delete-model-package": [""],
        "addresses": ADDRESSES,
    }
    return machine


def operations(machine: Any) -> list[str]:
    return [call[1] for call in machine.aws_calls]


def test_a_deletion_removes_everything_and_the_state_last(project: Any) -> None:
    done = project.run("destroy")

    assert done.returncode == 0, done.stdout
    assert project.terraform_commands == ["init", "state", "state", "state", "plan", "apply"]
    assert "-destroy" in project.terraform_calls[4]["arguments"]
    assert project.output == "destroyed-1.0.0\n"
    deleted = [call[-1] for call in project.aws_calls if call[1] == "delete-model-package"]
    assert deleted == MODELS
    # The checksum before the state, the owner after both, the record after everything, the lease last of all.
    ends = [
        call[call.index("--key") + 1]
        for call in project.aws_calls
        if call[1] in ("delete-item", "delete-object", "put-object")
    ]
    assert [end.rstrip('"}').rsplit("/", 1)[1] for end in ends] == [
        "terraform.tfstate-md5",
        "terraform.tfstate",
        "errored.tfstate",
        "applied",
        "owner",
        ends[5].rsplit("/", 1)[1],
        "run",
    ]
    assert ends[5].endswith("-destroy.json")
    assert project.locks == {}
    record = project.record
    assert (record["action"], record["outcome"], record["kept"]) == ("destroy", "succeeded", [])


def test_the_delivery_is_gone_before_anything_is_looked_for(project: Any) -> None:
    project.run("destroy")

    names = operations(project)
    first = next(call for call in project.aws_calls if call[1] == "delete-pipeline")
    assert first[0] == "codepipeline"
    assert names.index("delete-pipeline") < names.index("list-builds-for-project")
    assert names.index("batch-get-builds") < names.index("list-pipeline-executions")


def test_what_runs_is_stopped_once_and_waited_for(project: Any) -> None:
    execution = f"{ARN}:pipeline/churn-p-abc123/execution/abc"
    project.install("sleep", project.root / "bin", project.root / "sleep.py")
    (project.root / "sleep.py").write_text("", encoding="utf-8")
    project.scenario |= {
        "batch-get-builds": ["ml-p-abc123-build:2\n", "ml-p-abc123-build:2\n", ""],
        "stop-build": [""],
        "list-pipeline-executions": [f"{execution}\n", f"{execution}\n", "None\n"],
        "stop-pipeline-execution": [""],
    }

    assert project.run("destroy").returncode == 0
    assert [call[-1] for call in project.aws_calls if call[1] == "stop-build"] == ["ml-p-abc123-build:2"]
    assert [call[-1] for call in project.aws_calls if call[1] == "stop-pipeline-execution"] == [execution]
    assert operations(project).count("list-pipeline-executions") == 3


def test_what_is_to_be_kept_leaves_the_state_before_anything_is_destroyed(project: Any) -> None:
    project.parameters |= {"ArtifactBucketContents": "keep", "RegisteredModels": "keep"}

    assert project.run("destroy").returncode == 0

    removed = [call["arguments"] for call in project.terraform_calls if call["arguments"][:2] == ["state", "rm"]]
    assert [arguments[4:] for arguments in removed] == [ADDRESSES[3:], ADDRESSES[1:3]]
    assert project.terraform_commands[-2:] == ["plan", "apply"]
    assert "delete-model-package" not in operations(project)
    assert project.record["kept"] == [
        f"model package group {GROUP} with 2 models",
        "artifact bucket of p-abc123 with its contents",
    ]


def test_a_group_without_models_is_not_worth_keeping(project: Any) -> None:
    project.parameters |= {"ArtifactBucketContents": "keep", "RegisteredModels": "keep"}
    project.scenario["list-model-packages"] = ["None\n"]

    assert project.run("destroy").returncode == 0
    assert project.record["kept"] == ["artifact bucket of p-abc123 with its contents"]


def test_the_platform_decides_where_the_form_did_not_ask(project: Any) -> None:
    project.settings |= {"artifact_bucket_contents": "keep", "registered_models": "delete"}

    assert project.run("destroy").returncode == 0
    assert project.record["kept"] == ["artifact bucket of p-abc123 with its contents"]
    assert "delete-model-package" in operations(project)


def test_models_are_not_kept_without_their_files(project: Any) -> None:
    project.parameters |= {"ArtifactBucketContents": "delete", "RegisteredModels": "keep"}

    assert project.run("destroy").returncode == 1
    assert "set ArtifactBucketContents to keep as well" in project.record["reason"]
    assert project.terraform_commands == []


def test_a_project_without_state_only_looks(machine: Any) -> None:
    machine.scenario = {"plan": {"status": 0}}

    assert machine.run("destroy").returncode == 0
    assert machine.terraform_commands == ["init", "state", "state", "plan"]
    assert not {"delete-pipeline", "delete-model-package"} & set(operations(machine))
    assert machine.output == "destroyed-1.0.0\n"


def test_what_is_gone_already_counts_as_done(machine: Any) -> None:
    machine.stands()

    assert machine.run("destroy").returncode == 0, machine.log
    assert machine.record["outcome"] == "succeeded"


def test_a_refusal_ends_the_deletion_with_its_reason_and_keeps_the_state(project: Any) -> None:
    project.scenario["delete-model-package"] = ["!An error occurred (AccessDenied): not yours"]

    assert project.run("destroy").returncode == 1
    assert project.output is None
    assert (
        f"Deleting the model {MODELS[0]} failed: An error occurred (AccessDenied): not yours"
        in (project.record["reason"])
    )
    assert "plan" not in project.terraform_commands
    assert "delete-object" not in operations(project)


def test_a_destruction_that_fails_keeps_the_state(project: Any) -> None:
    project.scenario["apply"] = {"status": 1, "says": "Error: DeleteConflict: must delete policies first\n"}

    assert project.run("destroy").returncode == 1
    assert project.record["reason"] == "terraform destroy failed: DeleteConflict: must delete policies first"
    assert "delete-object" not in operations(project)


def test_a_state_that_goes_bad_in_the_middle_is_not_said_to_be_untouched(project: Any) -> None:
    says = "\nError: Error refreshing state: Unsupported state file format\n\n"
    project.scenario["plan"] = {"says": says, "status": 1}

    assert project.run("destroy").returncode == 1

    reason = project.record["reason"]
    assert "delete-model-package" in operations(project)
    assert "Nothing was changed" not in reason
    assert "What this run had done before, its log says; it does nothing more. Restore a version" in reason
