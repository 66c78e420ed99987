"""Faults while a project is created."""

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
    seeding,
)
from chaos.row import UNANSWERED, Moment, Row

_HOWS = ("kill", "terminate", "power-off")
STATE = {"Key": "projects/*/terraform.tfstate"}
RECORD = {"Key": "projects/*/runs/*"}
LEASE = {"Item": "*/run'*"}
LOCK = {"Item": "*/terraform.tfstate'*"}
STATE_REFUSED = r"state could not be written; it is kept as projects/p-\w+/errored\.tfstate"
"""Nothing is lost of a state that cannot be written, and the person reads where it is kept."""
_LOCK_REFUSED = r"terraform (plan|apply) failed: .*acquiring the state lock"


def _somewhere(moment: Moment) -> list[Fault]:
    """After a number of resources that the seed chooses."""
    skip, how = moment.chance.randrange(1, 16), moment.chance.choice(_HOWS)
    return [dies_at_line(moment.project.name, r": Creation complete", how, skip=skip)]


def _taken_back(moment: Moment, line: str, how: str) -> list[Fault]:
    """The creation fails, and the runner dies at a line of what takes it back."""
    failing = refused(moment.project.name, "codepipeline", "CreatePipeline", "AccessDeniedException")
    return [failing, dies_at_line(moment.project.name, line, how)]


def _gives_up(moment: Moment) -> Iterator[None]:
    """The stack's patience ends when Terraform has begun to write what it makes."""
    while not _began(moment):
        yield
    moment.struck += len(moment.room.control.expire(kind="signal", stack=moment.project.stack))


def _began(moment: Moment) -> bool:
    roles = moment.room.engineer("iam").list_roles(PathPrefix="/sagemaker-projects/projects/")["Roles"]
    return any(moment.project.identifier in role["RoleName"] for role in roles)


def _nobody_answers(moment: Moment) -> Iterator[None]:
    """The function has failed three times, and the stack would wait for an hour."""
    while moment.hits() < 3:
        yield
    moment.struck += len(moment.room.control.expire(kind="answer", stack=moment.project.stack))


def _push(moment: Moment) -> str:
    return rf"/{moment.project.repository}(\.git)?/git-receive-pack"


def _host(moment: Moment) -> str:
    return rf".*/{moment.project.repository}(\.git)?(/.*)?"


CREATE: tuple[Row, ...] = (
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
    Row(
        "create/roles-throttled",
        "IAM throttles CreateRole three times",
        lambda m: [refused(m.project.name, "iam", "CreateRole", "Throttling", times=3)],
        fails=False,
    ),
    Row(
        "create/bucket-500",
        "S3 answers CreateBucket with 500, twice",
        lambda m: [refused(m.project.name, "s3", "CreateBucket", "InternalError", times=2)],
        fails=False,
    ),
    Row(
        "create/function-throttled",
        "Lambda throttles CreateFunction three times",
        lambda m: [refused(m.project.name, "lambda", "CreateFunction", "TooManyRequestsException", times=3)],
        fails=False,
    ),
    Row(
        "create/role-refused",
        "IAM refuses CreateRole",
        lambda m: [refused(m.project.name, "iam", "CreateRole", "AccessDenied", times=FOR_EVER)],
        fails=True,
        tells=r"terraform apply failed: creating IAM Role .*AccessDenied",
    ),
    Row(
        "create/pipeline-refused",
        "CodePipeline refuses CreatePipeline",
        lambda m: [refused(m.project.name, "codepipeline", "CreatePipeline", "AccessDeniedException")],
        fails=True,
        tells=r"terraform apply failed: creating CodePipeline .*AccessDenied",
    ),
    Row(
        "create/killed-taking-back",
        "CodePipeline refuses CreatePipeline, and the instance is powered off when it takes back what was created",
        lambda m: _taken_back(m, "^== Take back", "power-off"),
        fails=True,
    ),
    Row(
        "create/killed-having-taken-back",
        "CodePipeline refuses CreatePipeline, and the runner is killed while it takes back what was created",
        lambda m: _taken_back(m, ": Destruction complete", "kill"),
        fails=True,
    ),
    Row(
        "create/pipeline-unheard",
        "the connection of CreatePipeline is dropped",
        lambda m: [lost(m.project.name, "codepipeline", "CreatePipeline", unheard=True)],
        tells=r"terraform apply failed: creating CodePipeline",
    ),
    Row(
        "create/role-answer-lost",
        "the answer to CreateRole is lost",
        lambda m: [lost(m.project.name, "iam", "CreateRole")],
        tells=r"terraform apply failed: creating IAM Role",
    ),
    Row(
        "create/bucket-answer-lost",
        "the answer to CreateBucket is lost",
        lambda m: [lost(m.project.name, "s3", "CreateBucket")],
        tells=r"terraform apply failed: creating S3 Bucket",
    ),
    Row(
        "create/function-answer-lost",
        "the answer to CreateFunction is lost",
        lambda m: [lost(m.project.name, "lambda", "CreateFunction")],
        tells=r"terraform apply failed: creating Lambda Function",
    ),
    Row(
        "create/lease-answer-lost",
        "the answer to taking the lease is lost",
        lambda m: [lost(m.project.name, "dynamodb", "PutItem", LEASE)],
        fails=False,
    ),
    Row(
        "create/lock-answer-lost",
        "the answer to taking Terraform's lock is lost",
        lambda m: [lost(m.project.name, "dynamodb", "PutItem", LOCK)],
        tells=_LOCK_REFUSED,
    ),
    Row(
        "create/lock-throttled",
        "DynamoDB throttles Terraform's lock",
        lambda m: [refused(m.project.name, "dynamodb", "PutItem", "ProvisionedThroughputExceededException", LOCK)],
        tells=_LOCK_REFUSED,
    ),
    Row(
        "create/unlock-refused",
        "DynamoDB refuses to give Terraform's lock back, once",
        lambda m: [
            refused(
                m.project.name,
                "dynamodb",
                "DeleteItem",
                "AccessDeniedException",
                {"Key": "*/terraform.tfstate'*"},
            )
        ],
        tells=r"terraform (plan|apply) failed: .*[Ll]ock",
    ),
    Row(
        "create/state-refused",
        "S3 refuses the state, for the whole run",
        lambda m: [refused(m.project.name, "s3", "PutObject", "AccessDenied", STATE, times=FOR_EVER)],
        fails=True,
        tells=STATE_REFUSED,
    ),
    Row(
        "create/state-503",
        "S3 answers the first two writes of the state with 503",
        lambda m: [refused(m.project.name, "s3", "PutObject", "SlowDown", STATE, times=2)],
        fails=False,
    ),
    Row(
        "create/log-refused",
        "CloudWatch Logs refuses every line",
        lambda m: [refused(m.project.name, "logs", "PutLogEvents", "AccessDeniedException", times=FOR_EVER)],
        fails=False,
    ),
    Row(
        "create/record-and-event-refused",
        "neither the run record nor the event can be written",
        lambda m: [
            refused(m.project.name, "s3", "PutObject", "AccessDenied", RECORD, times=FOR_EVER),
            refused(m.project.name, "events", "PutEvents", "InternalFailure", times=FOR_EVER),
        ],
        fails=False,
    ),
    Row(
        "create/package-2-refused",
        "S3 refuses package 2",
        lambda m: [
            refused(
                m.project.name,
                "s3",
                "GetObject",
                "AccessDenied",
                {"Key": "*project-setup.tar.gz"},
                times=FOR_EVER,
            )
        ],
        fails=True,
        tells=r"project-setup\.tar\.gz",
    ),
    Row(
        "create/package-2-unheard",
        "the connection to S3 is dropped twice while package 2 is fetched",
        lambda m: [
            lost(m.project.name, "s3", "GetObject", {"Key": "*project-setup.tar.gz"}, unheard=True, times=2)
        ],
        fails=False,
    ),
    Row(
        "create/push-503",
        "the git host answers the push with 503, once",
        lambda m: [git(_push(m), "answer", status=503)],
        fails=False,
    ),
    Row(
        "create/push-cut",
        "the connection is cut in the middle of the push",
        lambda m: [git(_push(m), "cut", after_bytes=500)],
        fails=False,
    ),
    Row(
        "create/push-answer-lost",
        "the git host's answer to the push is lost",
        lambda m: [git(_push(m), "lose_answer")],
        fails=False,
    ),
    Row(
        "create/git-host-down",
        "the git host is down",
        lambda m: [git(_host(m), "drop", times=FOR_EVER)],
        fails=True,
        tells=r"terraform apply failed: .*(example-org/|git host)",
    ),
    Row(
        "create/seed-killed",
        "the seed function's process dies",
        lambda m: [seeding(m.project.name, "kill")],
        fails=True,
        tells=r"terraform apply failed: .*(Lambda Function|ml-p-\w+-seed)",
    ),
    Row(
        "create/seed-out-of-time",
        "the seed function runs out of time when it has pushed",
        lambda m: [seeding(m.project.name, "timeout", when="after")],
        fails=True,
        tells=r"terraform apply failed: .*[Tt]imed out",
    ),
    Row(
        "create/seed-twice",
        "the seed function's answer is lost on its way, and Terraform asks again",
        lambda m: [lost(m.project.name, "lambda", "Invoke", {"FunctionName": "ml-p-*-seed"})],
        tells=r"terraform apply failed: invoking Lambda Function \(ml-p-\w+-seed\)",
    ),
    Row(
        "create/request-twice",
        "CloudFormation's request to the function arrives twice",
        lambda m: [answering(m.project.name, "Create", "duplicate")],
        fails=False,
    ),
    Row(
        "create/function-dies-once",
        "the function that CloudFormation asks dies, once",
        lambda m: [answering(m.project.name, "Create", "kill")],
        fails=False,
    ),
    Row(
        "create/nobody-answers",
        "the function that CloudFormation asks runs out of time, always",
        lambda m: [answering(m.project.name, "Create", "timeout", times=3)],
        meanwhile=_nobody_answers,
        fails=True,
        tells=UNANSWERED,
    ),
)

__all__ = ["CREATE", "LEASE", "LOCK", "RECORD", "STATE", "STATE_REFUSED"]
