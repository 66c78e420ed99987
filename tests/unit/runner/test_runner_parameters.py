"""What a person typed: refused when it is wrong. That nothing of it is executed, tests/hostile shows."""

import json
from pathlib import Path
from typing import Any

import pytest

FIELDS = [
    "SageMakerProjectName",
    "SageMakerProjectId",
    "GitRepoName",
    "GitBranchName",
    "GitRepoURL",
    "CodeStarConnectionArn",
]


@pytest.mark.parametrize("field", FIELDS)
def test_a_refused_value_ends_the_run_before_terraform(machine: Any, tmp_path: Path, field: str) -> None:
    machine.parameters[field] = f"'; touch {tmp_path / 'executed'} $(touch {tmp_path / 'executed'})"

    assert machine.run().returncode == 1
    assert machine.output is None
    assert machine.record["reason"].startswith(f"The parameter {field} is not acceptable.")
    assert machine.terraform_calls == []
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("identifier", ["p-ABC", "../p-abc", "p-" + "a" * 19, "", "p-abc\n", "unknown"])
def test_an_id_that_is_none_names_no_key(machine: Any, identifier: str) -> None:
    machine.parameters["SageMakerProjectId"] = identifier

    assert machine.run().returncode == 1
    assert machine.record["key"].startswith("projects/unknown/runs/")
    assert machine.record["project"]["id"] == "unknown"
    assert "SageMakerProjectId" in machine.record["reason"]


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://github.example.com/my-team/churn", True),
        ("https://github.example.com:8443/my-team/churn", True),
        ("https://github.com/my-team/another", False),
        ("https://github.com/my-team/churn/", False),
        ("ssh://git@github.com/my-team/churn", False),
        ("https://user:secret@github.com/my-team/churn", False),  # pragma: allowlist secret - made up
    ],
)
def test_an_address_must_be_the_repositorys(machine: Any, url: str, accepted: bool) -> None:
    machine.parameters["GitRepoURL"] = url

    assert (machine.run().returncode == 0) is accepted
    if accepted:
        assert (
            json.loads(machine.terraform_calls[0]["tfvars"]["project.auto.tfvars.json"])["project"][
                "repository_url"
            ]
            == url
        )


@pytest.mark.parametrize("name", FIELDS)
def test_a_missing_parameter_is_named(machine: Any, name: str) -> None:
    del machine.parameters[name]

    assert machine.run().returncode == 1
    assert machine.record["reason"] == f"The parameter {name} is missing."


@pytest.mark.parametrize(
    "line",
    [
        *("GitRepoName", "Git Repo=YQ==", "GitRepoName=%%%", "=YQ==", "GitRepoName=YQ"),
        *("GitRepoName=YQBi", "GitRepoName=AA==", "GitRepoName=/w==", "GitRepoName=7aCA"),  # NUL, and no UTF-8
    ],
)
def test_damaged_parameters_stop_at_once(machine: Any, line: str) -> None:
    machine.write_inputs()
    with (machine.root / "parameters").open("a", encoding="utf-8") as file:
        file.write(line + "\n")

    with pytest.raises(Exception, match="returned non-zero") as refused:
        machine.bash('. ./json.sh; . ./parameters.sh; parameters_read "$1"', str(machine.root / "parameters"))

    assert b"were not written by the product's template" in refused.value.stderr  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", ["region=$(id)", "no-equals-sign", "UPPER=x", "key=a b", "key='x'", "key=`id`"])
def test_damaged_settings_stop_at_once(machine: Any, line: str) -> None:
    machine.write_inputs()
    with (machine.root / "settings").open("a", encoding="utf-8") as file:
        file.write(line + "\n")

    with pytest.raises(Exception, match="returned non-zero") as refused:
        machine.bash('. ./settings.sh; settings_read "$1"', str(machine.root / "settings"))

    assert b"Apply package 1 again." in refused.value.stderr  # type: ignore[attr-defined]


def test_missing_settings_are_named(machine: Any) -> None:
    del machine.settings["lock_table"]

    done = machine.run()

    assert done.returncode == 1
    assert 'lack "lock_table"' in done.stderr
