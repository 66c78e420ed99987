"""Projects are kept, changed and refused as CodeBuild does."""

from typing import Any

import pytest

SPEC = "version: 0.2\nphases: {build: {commands: ['true']}}\n"


def test_a_project_reads_back_with_its_defaults(projects: Any, cloud: Any) -> None:
    name = projects.create(SPEC, tags=[{"key": "a", "value": "b"}])

    answer = cloud.aws("codebuild", "batch-get-projects", "--names", name, "nobody")

    project = answer["projects"][0]
    assert answer["projectsNotFound"] == ["nobody"]
    assert (project["timeoutInMinutes"], project["queuedTimeoutInMinutes"]) == (60, 480)
    assert project["environment"]["environmentVariables"] == []
    assert project["cache"] == {"type": "NO_CACHE"}
    assert project["tags"] == [{"key": "a", "value": "b"}]
    assert name in projects.client.list_projects()["projects"]


def test_an_update_changes_what_it_names(projects: Any) -> None:
    name = projects.create(SPEC, description="before")

    projects.client.update_project(name=name, timeoutInMinutes=7)

    project = projects.client.batch_get_projects(names=[name])["projects"][0]
    assert (project["description"], project["timeoutInMinutes"]) == ("before", 7)


def test_what_makes_no_sense_is_refused(projects: Any, cloud: Any) -> None:
    errors = projects.client.exceptions
    name = projects.create(SPEC)
    with pytest.raises(errors.ResourceAlreadyExistsException):
        projects.create(SPEC, name=name)
    with pytest.raises(errors.InvalidInputException, match="CODEPIPELINE"):
        projects.create(SPEC, source={"type": "CODEPIPELINE"})
    with pytest.raises(errors.InvalidInputException, match="not authorized to perform: sts:AssumeRole"):
        projects.create(SPEC, serviceRole=cloud.internal.studio_execution_role_arn)
    with pytest.raises(errors.InvalidInputException, match="location"):
        projects.create(SPEC, source={"type": "GITHUB"})
    with pytest.raises(errors.ResourceNotFoundException):
        projects.client.start_build(projectName="nobody")


def test_deleting_a_project_keeps_its_builds(projects: Any) -> None:
    name = projects.create(SPEC)
    build_id = projects.start(name)
    projects.wait(build_id)

    projects.client.delete_project(name=name)

    assert projects.get(build_id)["buildStatus"] == "SUCCEEDED"
    projects.client.delete_project(name=name)
