"""Faults while a project is updated: its repository is to be archived when it is deleted."""

from collections.abc import Iterator

from chaos import evidence
from chaos.faults import (
    BUILD,
    FOR_EVER,
    Fault,
    answering,
    dies_at_call,
    dies_at_line,
    late,
    lost,
    refused,
    starting,
)
from chaos.row import BUILD_DIED, Moment, Row
from chaos.rows.additions import UPDATES
from chaos.rows.objects import LEASE, RECORD, STATE
from chaos.rows.repairs import damage, leave, occupy, restore, trust, wipe

_CHANGE = "UpdateFunctionConfiguration*"
_REFUSED = r"terraform apply failed: updating Lambda Function .*AccessDenied"
_HELD_SECONDS = 6.0


def _refused_change(moment: Moment, times: int | None) -> Fault:
    return refused(moment.project.name, "lambda", _CHANGE, "AccessDeniedException", times=times)


def _also_refused_to_go_back(moment: Moment) -> list[Fault]:
    """Both the update and its restoration, which the build does."""
    back = {**_refused_change(moment, 1), "principal": BUILD}
    restored = {
        **refused(moment.project.name, "s3", "PutObject", "AccessDenied", STATE, times=FOR_EVER),
        "principal": BUILD,
    }
    return [dies_at_line(moment.project.name, r"seed: Modifications complete"), back, restored]


def _let_go_when_refused(moment: Moment) -> Iterator[None]:
    """Somebody's run ends as soon as the project's own was refused, so that the old values can be restored."""
    while not any(record["outcome"] == "failed" for record in _records(moment)):
        yield
    leave(moment)


def _records(moment: Moment) -> list[dict[str, str]]:
    return evidence.records(moment.room, moment.project.identifier)


def _comparing(moment: Moment) -> None:
    """A comparison is at work on the project, and takes its time."""
    moment.arm(
        late(
            moment.project.name,
            "s3",
            "GetObject",
            {"Key": "*project-setup.tar.gz"},
            seconds=_HELD_SECONDS,
            build=True,
        )
    )
    build = moment.project.start_build("plan")
    while (found := evidence.item(moment.room, moment.project.lock_item("run"))) is None or build not in found[
        "Holder"
    ]:
        moment.pause()


UPDATE: tuple[Row, ...] = (
    Row(
        "update/killed-with-the-lease",
        "runner killed when it has the lease",
        lambda m: [dies_at_call(m.project.name, "dynamodb", "PutItem", LEASE, when="after")],
        fails=True,
    ),
    Row(
        "update/killed-installing-terraform",
        "instance powered off when it installs Terraform",
        lambda m: [dies_at_line(m.project.name, "^== Install Terraform", "power-off")],
        fails=True,
    ),
    Row(
        "update/terminated-at-init",
        "instance terminated at terraform init",
        lambda m: [dies_at_line(m.project.name, "^== Initialize", "terminate")],
        fails=True,
    ),
    Row(
        "update/killed-at-the-plan",
        "instance powered off when Terraform has planned",
        lambda m: [dies_at_line(m.project.name, r"^Plan: ", "power-off")],
        fails=True,
    ),
    Row(
        "update/killed-in-the-apply",
        "runner killed when it has changed the function",
        lambda m: [dies_at_call(m.project.name, "lambda", _CHANGE, when="after")],
        fails=True,
    ),
    Row(
        "update/terminated-in-the-apply",
        "instance terminated while it changes the function",
        lambda m: [dies_at_line(m.project.name, r"seed: Modifying", "terminate")],
        fails=True,
    ),
    Row(
        "update/killed-before-the-state",
        "runner killed when it writes the state",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", STATE)],
        fails=True,
    ),
    Row(
        "update/killed-after-the-state",
        "runner killed when it has written the state, but not its checksum",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", STATE, when="after")],
        fails=True,
        tells=r"checksum",
        mend=trust,
    ),
    Row(
        "update/killed-when-applied",
        "runner killed when Terraform has applied",
        lambda m: [dies_at_line(m.project.name, "^Apply complete")],
        fails=True,
    ),
    Row(
        "update/killed-at-the-record",
        "instance powered off when it writes the run record",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", RECORD, how="power-off")],
        fails=True,
    ),
    Row(
        "update/change-throttled",
        "Lambda throttles the change three times",
        lambda m: [refused(m.project.name, "lambda", _CHANGE, "TooManyRequestsException", times=3)],
        fails=False,
    ),
    Row(
        "update/change-refused",
        "Lambda refuses the change",
        lambda m: [_refused_change(m, FOR_EVER)],
        fails=True,
        tells=_REFUSED,
    ),
    Row(
        "update/change-unheard",
        "the answer to the change is lost",
        lambda m: [lost(m.project.name, "lambda", _CHANGE)],
        fails=False,
    ),
    Row(
        "update/way-back-fails",
        "runner killed in the apply, and the state cannot be written on the way back either",
        _also_refused_to_go_back,
        fails=True,
        tells=r"errored\.tfstate|Failed to (save|persist) state",
    ),
    Row(
        "update/way-back-not-started",
        "Lambda refuses the change, and CodeBuild to start the way back",
        lambda m: [_refused_change(m, FOR_EVER), starting(m.project.name, "error", code="AccessDeniedException")],
        fails=True,
        tells=r"LogicalResourceId : Teardown, .*ml-projects-teardown.*(StartBuild|could not be started)",
    ),
    Row(
        "update/way-back-dies",
        "Lambda refuses the change, and the build of the way back loses its machine",
        lambda m: [
            _refused_change(m, FOR_EVER),
            dies_at_line(m.project.name, "^== Plan", "terminate", build=True),
        ],
        fails=True,
        tells=BUILD_DIED,
    ),
    Row(
        "update/state-wiped",
        "somebody has deleted the state",
        before=wipe,
        fails=True,
        tells=r"The state of p-\w+ is gone.*Restore",
        mend=restore,
    ),
    Row(
        "update/state-damaged",
        "somebody has written something else over the state",
        before=damage,
        damages=True,
        fails=True,
        tells=r"checksum",
        mend=restore,
    ),
    Row(
        "update/somebody-works-on-it",
        "somebody's run from a laptop holds the project",
        before=occupy,
        meanwhile=_let_go_when_refused,
        fails=True,
        tells=r"Another run works on this project: apply by host/ada@her-laptop",
        mend=leave,
    ),
    Row(
        "update/a-comparison-runs",
        "another run of the project is at work: this one waits, and is refused when it has waited too long",
        before=_comparing,
        tells=r"Another run works on this project: plan by codebuild/",
        shows=r"Waits for another run of this project: plan by codebuild/",
    ),
    Row(
        "update/request-twice",
        "CloudFormation's request to the function arrives twice",
        lambda m: [answering(m.project.name, "Update", "duplicate")],
        fails=False,
    ),
    *UPDATES,
)

__all__ = ["UPDATE"]
