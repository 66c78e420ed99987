"""A deletion archives the repository where that was chosen, before anything is destroyed."""

import json
from typing import Any

import pytest

ARCHIVED = {"status": "archived", "repository_url": "https://github.com/my-team/churn"}


@pytest.fixture
def project(machine: Any) -> Any:
    machine.stands()
    machine.parameters["GitRepository"] = "archive"
    machine.scenario = {"invoke": ARCHIVED}
    return machine


def test_the_repository_is_archived_before_anything_is_destroyed(project: Any) -> None:
    assert project.run("destroy").returncode == 0, project.log

    assert json.loads((project.root / "invoked").read_text(encoding="utf-8")) == {
        "action": "archive",
        "project": {"name": "Churn", "id": "p-abc123"},
        "repository": {"full_name": "my-team/churn", "url": "https://github.com/my-team/churn"},
        "host": {"base_url": "https://github.com", "api_url": "https://api.github.com"},
        "credential": {"secret_arn": project.settings["github_secret_arn"]},
    }
    names = [call[1] for call in project.aws_calls]
    assert names.index("invoke") < names.index("delete-pipeline")
    assert project.record["kept"] == ["repository my-team/churn, archived"]


def test_a_repository_is_kept_unless_it_was_chosen_otherwise(project: Any) -> None:
    del project.parameters["GitRepository"]

    assert project.run("destroy").returncode == 0
    assert "invoke" not in [call[1] for call in project.aws_calls]


def test_an_archiving_that_fails_leaves_the_project_whole(project: Any) -> None:
    project.scenario["invoke"] = {
        "errorMessage": 'may not "archive"',
        "errorType": "PermissionMissing",
        "stackTrace": [],
    }

    assert project.run("destroy").returncode == 1
    assert project.record["reason"].startswith('The repository my-team/churn was not archived: may not "archive"')
    assert "choose GitRepository = keep" in project.record["reason"]
    assert "delete-pipeline" not in [call[1] for call in project.aws_calls]
    assert "apply" not in project.terraform_commands


@pytest.mark.parametrize("answer", [None, {"status": "missing", "repository_url": "x"}])
def test_what_cannot_be_archived_any_more_does_not_hold_the_deletion_up(project: Any, answer: Any) -> None:
    project.scenario["invoke"] = answer

    assert project.run("destroy").returncode == 0
    assert project.record["kept"] == []


def test_a_creation_that_failed_archives_nothing(project: Any) -> None:
    project.lock("owner", Stack=project.parameters["Stack"])

    assert project.run("destroy").returncode == 0
    assert "invoke" not in [call[1] for call in project.aws_calls]


@pytest.mark.parametrize("choice", ["delete", "Archive", "keep archive"])
def test_other_choices_are_refused(project: Any, choice: str) -> None:
    project.parameters["GitRepository"] = choice

    assert project.run("destroy").returncode == 1
    assert "It is keep or archive." in project.record["reason"]
