"""Who asks twice, who asks for what does not exist, and what a request may override."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.services.codebuild import builds

SPEC = """version: 0.2
env: {variables: {A: spec, B: spec}}
phases: {build: {commands: ['echo $A $B $C ${D:-none}']}}
"""


def test_a_token_starts_one_build(projects: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = projects.create(SPEC)

    first = projects.start(name, idempotencyToken="p-1-2026-11-20")

    assert projects.start(name, idempotencyToken="p-1-2026-11-20") == first
    with pytest.raises(ClientError, match="other parameters") as refused:
        projects.start(
            name,
            idempotencyToken="p-1-2026-11-20",
            environmentVariablesOverride=[{"name": "A", "value": "x"}],
        )
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"
    assert projects.start(name, idempotencyToken="another") != first
    assert projects.start(name) != projects.start(name)
    monkeypatch.setattr(builds, "_TOKEN_SECONDS", 0.0)
    time.sleep(0.01)
    assert projects.start(name, idempotencyToken="p-1-2026-11-20") != first, "a token is valid for five minutes"
    for build_id in projects.client.list_builds_for_project(projectName=name)["ids"]:
        projects.wait(build_id)


def test_overrides_replace_variables_by_name_for_one_build(projects: Any) -> None:
    name = projects.create(
        SPEC,
        environment={
            "type": "LINUX_CONTAINER",
            "image": "x",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "B", "value": "project"}, {"name": "C", "value": "project"}],
        },
    )
    overrides = [{"name": "C", "value": "override; rm -rf $HOME"}, {"name": "D", "value": "", "type": "PLAINTEXT"}]

    build = projects.wait(projects.start(name, environmentVariablesOverride=overrides))

    assert "spec project override; rm -rf $HOME none" in projects.log(build)
    shown = {item["name"]: item["value"] for item in build["environment"]["environmentVariables"]}
    assert shown == {"B": "project", "C": "override; rm -rf $HOME", "D": ""}
    again = projects.wait(projects.start(name))
    assert "spec project project none" in projects.log(again)


def test_unknown_builds_are_named(projects: Any) -> None:
    name = projects.create(SPEC)
    known, unknown = projects.start(name), f"{name}:00000000-0000-0000-0000-000000000000"

    answer = projects.client.batch_get_builds(ids=[known, unknown])

    assert [build["id"] for build in answer["builds"]] == [known]
    assert answer["buildsNotFound"] == [unknown]
    projects.wait(known)
