"""Faults while a project is deleted."""

from collections.abc import Iterator

from chaos.faults import (
    FOR_EVER,
    Fault,
    answering,
    dies_at_call,
    dies_at_line,
    git,
    lost,
    refused,
    starting,
    told,
)
from chaos.row import UNANSWERED, Moment, Row, nobody_answers
from chaos.rows.additions import DELETIONS
from chaos.rows.objects import LEASE, RECORD, STATE, STATE_REFUSED
from chaos.rows.repairs import leave, occupy, restore, wipe
from chaos.rows.trained import TRAINED

_HOWS = ("kill", "terminate")


def _somewhere(moment: Moment) -> list[Fault]:
    """After a number of resources that the seed chooses."""
    skip, how = moment.chance.randrange(1, 16), moment.chance.choice(_HOWS)
    return [dies_at_line(moment.project.name, r": Destruction complete", how, skip=skip, build=True)]


def _told_twice(moment: Moment) -> Iterator[None]:
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "duplicate"))


def _told_late(moment: Moment) -> Iterator[None]:
    """The function dies when it hears of the build's end; Lambda asks it again."""
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "kill"))


def _answered_twice(moment: Moment) -> Iterator[None]:
    """The function answers, but its own end is lost, and Lambda asks it again."""
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "timeout", when="after"))


def _never_told(moment: Moment) -> Iterator[None]:
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "timeout", times=3))
    yield from nobody_answers(moment)


def _gives_up(moment: Moment) -> Iterator[None]:
    """The stack's patience ends while the build works."""
    yield from _built(moment)
    while moment.project.has_pipeline():
        yield
    moment.struck += len(moment.room.control.expire(kind="answer", stack=moment.project.stack))


def _built(moment: Moment) -> Iterator[None]:
    while not any(build["buildStatus"] == "IN_PROGRESS" for build in moment.project.builds()):
        yield


def _until_it_has_ended(moment: Moment) -> None:
    """Nobody asks again while the first attempt goes on: they would be told to wait for it."""
    while any(build["buildStatus"] == "IN_PROGRESS" for build in moment.project.builds()):
        moment.pause()


def _archiving(moment: Moment) -> None:
    """The project is one whose repository is to be archived."""
    if not moment.project.archives():
        moment.project.update(GitRepository="archive")
        moment.project.wait()


DELETE: tuple[Row, ...] = (
    Row(
        "delete/function-dies-once",
        "the function dies when it is asked, once",
        lambda m: [answering(m.project.name, "Delete", "kill")],
        fails=False,
    ),
    Row(
        "delete/request-twice",
        "CloudFormation's request arrives twice",
        lambda m: [answering(m.project.name, "Delete", "duplicate")],
        fails=False,
    ),
    Row(
        "delete/started-unheard",
        "the function runs out of time when it has started the build",
        lambda m: [answering(m.project.name, "Delete", "timeout", when="after")],
        fails=False,
    ),
    Row(
        "delete/nobody-starts",
        "the function runs out of time, always",
        lambda m: [answering(m.project.name, "Delete", "timeout", times=3)],
        meanwhile=nobody_answers,
        fails=True,
        tells=UNANSWERED,
    ),
    Row(
        "delete/start-throttled",
        "CodeBuild throttles StartBuild twice",
        lambda m: [starting(m.project.name, "error", code="ThrottlingException", times=2)],
        fails=False,
    ),
    Row(
        "delete/start-refused",
        "CodeBuild refuses StartBuild",
        lambda m: [starting(m.project.name, "error", code="AccessDeniedException", times=FOR_EVER)],
        fails=True,
        tells=r"ml-projects-teardown.*(StartBuild|could not be started)",
    ),
    Row(
        "delete/start-answer-lost",
        "the answer to StartBuild is lost",
        lambda m: [starting(m.project.name, "lose_answer")],
        fails=False,
    ),
    Row("delete/told-twice", "the end of the build is told twice", meanwhile=_told_twice, fails=False),
    Row("delete/told-late", "the function dies when it is told, once", meanwhile=_told_late, fails=False),
    Row("delete/answered-twice", "the function answers twice", meanwhile=_answered_twice, fails=False),
    Row(
        "delete/never-told",
        "the function never hears of the build's end",
        meanwhile=_never_told,
        fails=True,
        tells=UNANSWERED,
    ),
    Row(
        "delete/stack-gives-up",
        "the stack's patience ends while the build works",
        meanwhile=_gives_up,
        fails=True,
        mend=_until_it_has_ended,
        tells=UNANSWERED,
    ),
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
        before=_archiving,
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
    Row(
        "delete/lease-throttled",
        "DynamoDB throttles giving the lease back, three times",
        lambda m: [
            refused(
                m.project.name,
                "dynamodb",
                "DeleteItem",
                "ProvisionedThroughputExceededException",
                {"Key": "*/run'*"},
                times=3,
                build=True,
            )
        ],
        fails=False,
    ),
    Row(
        "delete/roles-throttled",
        "IAM throttles DeleteRole three times",
        lambda m: [refused(m.project.name, "iam", "DeleteRole", "Throttling", times=3, build=True)],
        fails=False,
    ),
    Row(
        "delete/bucket-500",
        "S3 answers DeleteBucket with 500, twice",
        lambda m: [refused(m.project.name, "s3", "DeleteBucket", "InternalError", times=2, build=True)],
        fails=False,
    ),
    Row(
        "delete/bucket-answer-lost",
        "the answer to DeleteBucket is lost",
        lambda m: [lost(m.project.name, "s3", "DeleteBucket", build=True)],
        fails=False,
    ),
    Row(
        "delete/function-refused",
        "Lambda refuses DeleteFunction",
        lambda m: [
            refused(
                m.project.name, "lambda", "DeleteFunction", "AccessDeniedException", times=FOR_EVER, build=True
            )
        ],
        fails=True,
        tells=r"terraform destroy failed: deleting Lambda Function .*AccessDenied",
    ),
    Row(
        "delete/state-refused",
        "S3 refuses every write of the state",
        lambda m: [refused(m.project.name, "s3", "PutObject", "AccessDenied", STATE, times=FOR_EVER, build=True)],
        fails=True,
        tells=STATE_REFUSED,
    ),
    Row(
        "delete/state-wiped",
        "somebody has deleted the state",
        before=wipe,
        fails=True,
        tells=r"The state of p-\w+ is gone.*Restore",
        mend=restore,
    ),
    Row(
        "delete/somebody-works-on-it",
        "somebody's run from a laptop holds the project",
        before=occupy,
        fails=True,
        tells=r"Another run works on this project: apply by host/ada@her-laptop",
        mend=leave,
    ),
    Row(
        "delete/git-host-down",
        "the git host is down",
        lambda m: [git(rf".*/{m.project.repository}(\.git)?(/.*)?", "drop", times=FOR_EVER)],
        before=_archiving,
        fails=True,
        tells=r"The repository example-org/[\w-]+ was not archived",
    ),
    *DELETIONS,
    *TRAINED,
)
