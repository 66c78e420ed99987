"""The build that destroys is killed or lost at a moment of its work."""

from chaos.faults import Fault, dies_at_call, dies_at_line
from chaos.row import Moment, Row
from chaos.rows.objects import LEASE, RECORD, STATE
from chaos.rows.repairs import archiving

_HOWS = ("kill", "terminate")


def _somewhere(moment: Moment) -> list[Fault]:
    """After a number of resources that the seed chooses."""
    skip, how = moment.chance.randrange(1, 16), moment.chance.choice(_HOWS)
    return [dies_at_line(moment.project.name, r": Destruction complete", how, skip=skip, build=True)]


DEATHS: tuple[Row, ...] = (
    Row(
        "delete/killed-fetching-the-runner",
        "the build loses its machine while it fetches the runner",
        lambda m: [
            dies_at_call(
                m.project.name, "s3", "GetObject", {"Key": "*/runner-settings"}, how="terminate", build=True
            )
        ],
        fails=True,
    ),
    Row(
        "delete/killed-with-the-lease",
        "runner killed when it has the lease",
        lambda m: [dies_at_call(m.project.name, "dynamodb", "PutItem", LEASE, when="after", build=True)],
        fails=True,
    ),
    Row(
        "delete/killed-installing-terraform",
        "runner killed when it installs Terraform",
        lambda m: [dies_at_line(m.project.name, "^== Install Terraform", build=True)],
        fails=True,
    ),
    Row(
        "delete/lost-at-init",
        "the build loses its machine at terraform init",
        lambda m: [dies_at_line(m.project.name, "^== Initialize", "terminate", build=True)],
        fails=True,
    ),
    Row(
        "delete/killed-when-archived",
        "runner killed when the repository is archived",
        lambda m: [
            dies_at_call(
                m.project.name, "lambda", "Invoke", {"FunctionName": "ml-*-seed"}, when="after", build=True
            )
        ],
        before=archiving,
        fails=True,
    ),
    Row(
        "delete/killed-stopping-deliveries",
        "runner killed when it has deleted the pipeline",
        lambda m: [dies_at_call(m.project.name, "codepipeline", "DeletePipeline", when="after", build=True)],
        fails=True,
    ),
    Row(
        "delete/lost-at-the-plan",
        "the build loses its machine when it plans the destruction",
        lambda m: [dies_at_line(m.project.name, "^== Plan the destruction", "terminate", build=True)],
        fails=True,
    ),
    Row(
        "delete/killed-somewhere",
        "runner killed after a number of resources",
        _somewhere,
        fails=True,
    ),
    Row(
        "delete/killed-before-the-state",
        "runner killed when it writes the state",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", STATE, build=True)],
        fails=True,
    ),
    Row(
        "delete/killed-after-the-checksum",
        "runner killed between the state's checksum and the state",
        lambda m: [
            dies_at_call(
                m.project.name,
                "dynamodb",
                "DeleteItem",
                {"Key": "*/terraform.tfstate-md5'*"},
                when="after",
                build=True,
            )
        ],
        fails=True,
    ),
    Row(
        "delete/lost-after-the-state",
        "the build loses its machine when it has deleted the state",
        lambda m: [
            dies_at_call(m.project.name, "s3", "DeleteObject", STATE, when="after", how="terminate", build=True)
        ],
        fails=True,
    ),
    Row(
        "delete/killed-when-forgotten",
        "runner killed when it has forgotten the owner, but not the copies of what the project was made with",
        lambda m: [
            dies_at_call(m.project.name, "dynamodb", "DeleteItem", {"Key": "*/owner'*"}, when="after", build=True)
        ],
        fails=True,
    ),
    Row(
        "delete/killed-at-the-record",
        "runner killed when it writes the run record",
        lambda m: [dies_at_call(m.project.name, "s3", "PutObject", RECORD, build=True)],
        fails=True,
    ),
)
