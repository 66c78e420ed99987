"""What a life makes of the end of an operation: what was read, what the log says, what happened."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from chaos import evidence
from chaos.life import Life
from chaos.outcome import Outcome
from chaos.project import Project
from chaos.row import Moment, Row
from chaos.rows import ROWS

VAGUE = (
    "Client error: Provisioning failed with error: Errors from CloudFormation: [{LogicalResourceId : SC-1-pp-abc, "
    "ResourceType : AWS::CloudFormation::Stack, StatusReason : The following resource(s) failed to create: "
    "[Project, Teardown]. Rollback requested by user.}]",
    "The instance, the signal, the build, the function, the state, the lock, the log group or Terraform failed.",
)
COMMAND = (
    "[{LogicalResourceId : Project, ResourceType : AWSUtility::CloudFormation::CommandRunner, StatusReason : "
    'Resource handler returned message: "Either the command failed to execute, the value written to '
    '/command-output.txt was invalid. Check cloud-init.log in the LogGroup specified for more information."}]'
)
BUILD = (
    "[{LogicalResourceId : Teardown, ResourceType : Custom::ProjectTeardown, StatusReason : Received response "
    "status [FAILED] from custom resource. Message returned: The build ended with FAULT in BUILD: CodeBuild is "
    "experiencing an issue Log: /sagemaker-projects/teardown, stream 5c921251-8e43-40b8. (RequestId: 1c8b73a0)}]"
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_vague_reason_is_none(row: Row) -> None:
    assert [text for text in VAGUE if re.search(row.expects, text)] == []


@pytest.mark.parametrize(
    ("operation", "said", "other"),
    [("create", COMMAND, BUILD), ("update", COMMAND, BUILD), ("delete", BUILD, COMMAND)],
)
def test_of_a_runner_that_died_the_resource_and_the_log_are_named(operation: str, said: str, other: str) -> None:
    expected = Row(f"{operation}/killed", "runner killed").expects

    assert re.search(expected, said)
    assert not re.search(expected, other)
    assert not re.search(expected, said.partition("Check cloud-init")[0].partition(" Log:")[0])


def test_of_a_state_that_cannot_be_written_the_copy_is_named() -> None:
    kept = (
        "terraform apply failed: Failed to save state AccessDenied The newest state could not be written; it is "
        'kept as projects/p-abc123/errored.tfstate (docs/operations.md, "A state that could not be written").'
    )
    rows = [row for row in ROWS if row.name.endswith("/state-refused")]

    assert len(rows) == 2
    for row in rows:
        assert re.search(row.expects, kept)
        assert not re.search(row.expects, "terraform apply failed: Error acquiring the state lock")
        assert not re.search(row.expects, kept.partition(" The newest")[0])


class FakeControl:
    """The local cloud's list of faults."""

    def __init__(self) -> None:
        self.faults: list[dict[str, Any]] = []

    def add(self, *faults: dict[str, Any]) -> list[dict[str, Any]]:
        self.faults += [
            {"id": f"fault-{number}", "hits": 0, "kind": "kill"} | one for number, one in enumerate(faults)
        ]
        return self.faults

    def listed(self) -> list[dict[str, Any]]:
        return self.faults

    def clear(self, _identifier: str) -> None:
        return None


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Watch a row's operation end; the problems that are seen."""

    def watch(
        row: Row, ended: str, *, reason: str = "", log: str = "", faults: tuple[dict[str, Any], ...]
    ) -> list[str]:
        monkeypatch.setattr(evidence, "log", lambda *_: log)
        monkeypatch.setattr(evidence, "instances", lambda *_: [])
        monkeypatch.setattr(evidence, "stored", lambda *_: evidence.Stored(None, None, None, None))
        room: Any = SimpleNamespace(control=FakeControl(), account="1", releases=())
        life = Life(room, "chaos-001", {}, 1)
        project: Any = life._project
        monkeypatch.setattr(project, "wait", lambda _: ended)
        monkeypatch.setattr(project, "reason", lambda: reason)
        moment = Moment(project, None)  # type: ignore[arg-type]
        moment.arm(*faults)
        outcome = Outcome(row.name, row.what)
        life._watch(row, moment, outcome)
        return outcome.problems

    return watch


KILLED = Row("update/killed", "runner killed", fails=True)
WAITS = Row("update/waits", "another run works", shows="Waits for another run", tells="Another run works")
HAPPENED = {"hits": 1, "operation": "PutItem"}


def test_a_failure_needs_a_reason(watch: Any) -> None:
    assert watch(KILLED, "UpdateFailed", reason=COMMAND, faults=(HAPPENED,)) == []
    assert watch(KILLED, "UpdateFailed", reason=VAGUE[0], faults=(HAPPENED,)) == [
        f"the person reads only: {VAGUE[0]}"
    ]


@pytest.mark.parametrize(("ended", "reason"), [("UpdateCompleted", ""), ("UpdateFailed", "Another run works")])
def test_who_was_let_through_has_not_waited(watch: Any, ended: str, reason: str) -> None:
    waited = "Waits for another run of this project: plan"

    assert watch(WAITS, ended, reason=reason, log=waited, faults=(HAPPENED,)) == []
    assert watch(WAITS, ended, reason=reason, log="== Plan", faults=(HAPPENED,)) == [
        "the log does not say: Waits for another run"
    ]


def test_every_fault_of_a_row_has_to_happen(watch: Any) -> None:
    idle = {"hits": 0, "operation": "StartBuild"}

    assert watch(KILLED, "UpdateFailed", reason=COMMAND, faults=(HAPPENED, idle)) == [
        "the fault did not happen: kill at StartBuild"
    ]
    assert watch(KILLED, "UpdateFailed", reason=COMMAND, faults=()) == ["the fault did not happen: none was armed"]


@pytest.mark.parametrize(
    ("releases", "asked"),
    [(("1.0.0", "2.0.0"), ["pa-1", "pa-1", "pa-2", "pa-2"]), ((), [None, None, "pa-2", "pa-2"])],
)
def test_a_project_stays_on_its_release_until_another_one_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, releases: tuple[str, ...], asked: list[str | None]
) -> None:
    """Without a release in the request, Service Catalog would take the newest."""
    details: list[dict[str, Any]] = []

    def create(**request: Any) -> dict[str, str]:
        details.append(request["ServiceCatalogProvisioningDetails"])
        return {"ProjectId": "p-abc"}

    def update(**request: Any) -> None:
        details.append(request["ServiceCatalogProvisioningUpdateDetails"])

    room: Any = SimpleNamespace(
        control=FakeControl(),
        releases=releases,
        artifacts={"1.0.0": "pa-1", "2.0.0": "pa-2"},
        product="prod-1",
        scientist=lambda _: SimpleNamespace(create_project=create, update_project=update),
    )
    monkeypatch.setattr(evidence, "records", lambda *_: [])
    project = Project(room, "chaos-001")

    project.create()
    project.update(GitRepository="archive")
    project.update(release="2.0.0")
    project.update(GitRepository="keep")

    assert [one.get("ProvisioningArtifactId") for one in details] == asked
