"""The runner or its instance dies at a moment of its work, or the stack stops waiting for it."""

from collections.abc import Iterator

from chaos.faults import Fault, dies_at_call, dies_at_line
from chaos.row import Moment, Row
from chaos.rows.objects import LEASE, LOCK, RECORD, STATE

_HOWS = ("kill", "terminate", "power-off")


def _somewhere(moment: Moment) -> list[Fault]:
    """After a number of resources that the seed chooses."""
    skip, how = moment.chance.randrange(1, 16), moment.chance.choice(_HOWS)
    return [dies_at_line(moment.project.name, r": Creation complete", how, skip=skip)]


def _gives_up(moment: Moment) -> Iterator[None]:
    """The stack's patience ends when Terraform has begun to write what it makes."""
    while not _began(moment):
        yield
    moment.struck += len(moment.room.control.expire(kind="signal", stack=moment.project.stack))


def _began(moment: Moment) -> bool:
    roles = moment.room.engineer("iam").list_roles(PathPrefix="/sagemaker-projects/projects/")["Roles"]
    return any(moment.project.identifier in role["RoleName"] for role in roles)


DEATHS: tuple[Row, ...] = (
    Row(
        "create/killed-fetching-the-runner",
        "instance powered off while it fetches the runner",
        lambda m: [dies_at_call(m.project.name, "s3", "GetObject", {"Key": "*/runner-settings"}, how="power-off")],
        fails=True,
    ),
    Row(
        "create/killed-before-the-lease",
        "runner killed when it asks for the lease",
        lambda m: [dies_at_call(m.project.name, "dynamodb", "PutItem", LEASE)],
        fails=True,
    ),
    Row(
        "create/killed-with-the-lease",
        "instance powered off when it has the lease",
        lambda m: [dies_at_call(m.project.name, "dynamodb", "PutItem", LEASE, when="after", how="power-off")],
        fails=True,
    ),
    Row(
        "create/killed-installing-terraform",
        "runner killed when it installs Terraform",
        lambda m: [dies_at_line(m.project.name, "^== Install Terraform")],
        fails=True,
    ),
    Row(
        "create/terminated-at-init",
        "instance terminated at terraform init",
        lambda m: [dies_at_line(m.project.name, "^== Initialize", "terminate")],
        fails=True,
    ),
    Row(
        "create/killed-with-the-lock",
        "runner killed when Terraform has its lock",
        lambda m: [dies_at_call(m.project.name, "dynamodb", "PutItem", LOCK, when="after")],
        fails=True,
    ),
    Row(
        "create/killed-before-the-apply",
        "instance powered off while it copies what the project is made with",
        lambda m: [
            dies_at_call(m.project.name, "s3", "PutObject", {"Key": "projects/*/objects/*"}, how="power-off")
        ],
        fails=True,
    ),
    Row(
        "create/killed-at-the-first-role",
        "instance powered off when it has made the first role",
        lambda m: [dies_at_call(m.project.name, "iam", "CreateRole", when="after", how="power-off")],
        fails=True,
    ),
    Row(
        "create/killed-at-the-bucket",
        "runner killed when it has made the bucket",
        lambda m: [dies_at_call(m.project.name, "s3", "CreateBucket", when="after")],
        fails=True,
    ),
    Row(
        "create/killed-somewhere",
        "runner killed after a number of resources",
        _somewhere,
        fails=True,
    ),
    Row(
        "create/terminated-when-seeded",
        "instance terminated when the repository is seeded",
        lambda m: [dies_at_line(m.project.name, r"^aws_lambda_invocation\.seed: Creation complete", "terminate")],
        fails=True,
    ),
    Row(
        "create/killed-when-seeded",
        "runner killed when the repository is seeded",
        lambda m: [dies_at_line(m.project.name, r"^aws_lambda_invocation\.seed: Creation complete")],
        fails=True,
    ),
    Row(
        "create/killed-before-the-state",
        "runner killed when it writes the state",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", STATE)],
        fails=True,
    ),
    Row(
        "create/killed-after-the-state",
        "instance powered off when it has written the state, but not its checksum",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", STATE, when="after", how="power-off")],
        fails=True,
    ),
    Row(
        "create/killed-at-the-record",
        "runner killed when it writes the run record",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", RECORD)],
        fails=True,
    ),
    Row(
        "create/killed-before-the-signal",
        "instance powered off at the end, before it signals the stack",
        lambda m: [dies_at_call(m.project.name, "events", "PutEvents", when="after", how="power-off")],
        fails=True,
    ),
    Row(
        "create/stack-gives-up",
        "the stack's patience ends while Terraform applies",
        meanwhile=_gives_up,
        fails=True,
    ),
)
